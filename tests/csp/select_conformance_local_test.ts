/** The conformance suite of select on local channels, all parties in this interpreter. */
import { localHarness } from "../channels/conformance/parties.ts";
import { conformSelect } from "./select_conformance.ts";

conformSelect(localHarness());
