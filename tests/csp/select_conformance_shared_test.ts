/** The conformance suite of select on shared channels, all parties in this interpreter. */
import { sharedHarness } from "../channels/conformance/parties.ts";
import { conformSelect } from "./select_conformance.ts";

conformSelect(sharedHarness());
