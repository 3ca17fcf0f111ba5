import type { FleetRun } from './fleet-run.ts';
import type { Recorder } from './recorder.ts';

/** A fleet that is run minute by minute: the real handler's, or the model's. */
export interface Fleet {
  readonly recorder: Recorder;
  /** Runs until this minute, and reports each minute that is over. */
  runTo(minute: number, onMinute?: (minute: number) => void): Promise<void>;
  summary(minutes: number): FleetRun;
}
