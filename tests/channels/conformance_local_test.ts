/** The conformance suite on channels that one interpreter knows. */
import { conform } from "./conformance/conform.ts";
import { localHarness } from "./conformance/parties.ts";

conform(localHarness());
