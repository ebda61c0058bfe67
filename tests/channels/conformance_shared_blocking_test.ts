/** The conformance suite between this interpreter and others that block their threads. */
import { conform } from "./conformance/conform.ts";
import { peerHarness } from "./conformance/parties.ts";

conform(peerHarness("blocking", "awaiting"));
conform(peerHarness("blocking", "blocking"));
