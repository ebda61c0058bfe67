/**
 * The conformance suite of select: one function that registers it for a form of channels and for a place where the other
 * party runs. Sources: Go's `test/chan/select*.go`, `doubleselect.go` and `runtime/chan_test.go`; PyCSP's alternation.
 */
import type { Harness } from "../channels/conformance/harness.ts";
import { ends } from "../channels/conformance/parties.ts";
import { conformSelectEnds } from "./select_conformance_ends.ts";
import { conformSelectGo } from "./select_conformance_go.ts";
import { conformSelectMatrix } from "./select_conformance_matrix.ts";
import { conformSelectMixed } from "./select_conformance_mixed.ts";
import { conformSelectModes } from "./select_conformance_modes.ts";
import { conformSelectRaces } from "./select_conformance_races.ts";
import { conformSelectTraces } from "./select_conformance_traces.ts";

/** Registers every case as a test of its own. */
export function conformSelect(h: Harness): void {
  if (h.peer === "same") {
    conformSelectMatrix(h);
    conformSelectModes(h);
    conformSelectMixed(h);
    conformSelectEnds(h);
    conformSelectTraces(h);
    conformSelectGo(h);
  }
  conformSelectRaces(h);
  ends(h);
}
