/**
 * The conformance suite of channels: one function that registers it for a form of channels and for a place where the
 * other party runs. Sources: the interface of `@std/async`'s Channel; Go's `test/chan` and `runtime/chan_test.go`;
 * PyCSP's retire and poison; core.async's buffers.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { conformBatches } from "./batches.ts";
import { conformBlocking } from "./blocking.ts";
import { conformClosing } from "./closing.ts";
import { conformCrossing } from "./crossing.ts";
import { conformEnds } from "./ends.ts";
import { conformRetiringRaces, conformWaitingByEnds } from "./ends_waiting.ts";
import { conformExchange } from "./exchange.ts";
import { conformGo } from "./go_channels.ts";
import { conformPrograms } from "./go_programs.ts";
import { type Harness, registered } from "./harness.ts";
import { conformInterface } from "./interface.ts";
import { conformIteration } from "./iteration.ts";
import { conformLostPeers } from "./lost_peers.ts";
import { conformMoving } from "./moving.ts";
import { conformOverflow } from "./overflow.ts";
import { ends } from "./parties.ts";
import { conformPayloads } from "./payloads.ts";
import { conformPoison } from "./poison.ts";
import { conformRacing } from "./racing.ts";
import { conformWaiting } from "./waiting.ts";

/** How many cases a form has to pass, both parties in one thread. */
const AT_LEAST = 150;

/** Registers every case as a test of its own. */
export function conform(h: Harness): void {
  if (h.peer === "same") {
    conformInterface(h);
    conformIteration(h);
    conformPayloads(h);
    conformClosing(h);
    conformPoison(h);
    conformEnds(h);
    conformWaitingByEnds(h);
    conformWaiting(h);
    conformOverflow(h);
    conformBatches(h);
    conformMoving(h);
    conformBlocking(h);
    conformGo(h);
    conformPrograms(h);
    if (!h.isLocal) {
      conformCrossing(h);
      conformLostPeers(h);
    }
    test(`${h.name}: the suite has ${AT_LEAST} cases at least`, () => {
      assert.ok((registered.get(h.name) ?? 0) >= AT_LEAST, `${registered.get(h.name)} cases`);
    });
  }
  conformExchange(h);
  conformRacing(h);
  conformRetiringRaces(h);
  ends(h);
}
