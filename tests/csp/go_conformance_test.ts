/** The suites of processes, for every way of starting one. */
import { conformCancelling, conformOutcomes } from "./go_conformance.ts";
import { conformChannels } from "./go_conformance_channels.ts";
import { conformEnds } from "./go_conformance_ends.ts";
import { conformGenerators } from "./go_conformance_generators.ts";
import { FORMS } from "./_go_forms.ts";

for (const form of FORMS) {
  conformOutcomes(form);
  conformCancelling(form);
  conformChannels(form);
  conformEnds(form);
  conformGenerators(form);
}
