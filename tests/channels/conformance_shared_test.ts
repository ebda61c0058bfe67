/** The conformance suite on channels that another interpreter knows too, all parties in this one. */
import { conform } from "./conformance/conform.ts";
import { sharedHarness } from "./conformance/parties.ts";

conform(sharedHarness());
