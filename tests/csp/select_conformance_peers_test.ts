/** The conformance suite of select between this interpreter and others, awaiting and blocking. */
import { peerHarness } from "../channels/conformance/parties.ts";
import { conformSelect } from "./select_conformance.ts";

conformSelect(peerHarness("awaiting", "awaiting"));
conformSelect(peerHarness("awaiting", "blocking"));
conformSelect(peerHarness("blocking", "awaiting"));
conformSelect(peerHarness("blocking", "blocking"));
