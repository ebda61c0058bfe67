/** Locks between interpreters that await. */
import { Crowd } from "./_lock_crowd.ts";
import { conform } from "./lock_conformance.ts";

conform(new Crowd("awaiting", "awaiting"));
conform(new Crowd("awaiting", "blocking"));
