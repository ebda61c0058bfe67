/** The conformance suite between this interpreter and others that await. */
import { conform } from "./conformance/conform.ts";
import { peerHarness } from "./conformance/parties.ts";

conform(peerHarness("awaiting", "awaiting"));
conform(peerHarness("awaiting", "blocking"));
