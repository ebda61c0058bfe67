/** Locks between processes of this interpreter. */
import { Crowd } from "./_lock_crowd.ts";
import { conform } from "./lock_conformance.ts";

conform(new Crowd("same", "awaiting"));
