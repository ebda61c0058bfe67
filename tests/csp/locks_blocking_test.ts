/** Locks between interpreters that block their threads. */
import { Crowd } from "./_lock_crowd.ts";
import { conform } from "./lock_conformance.ts";

conform(new Crowd("blocking", "awaiting"));
conform(new Crowd("blocking", "blocking"));
