import { PROMISE_NAMES, type Violation } from './promises/promise.ts';
import type { Progress } from './run-seeds.ts';

export function describeViolation({ promise, message }: Violation): string {
  return `${promise} (${PROMISE_NAMES[promise]}): ${message}`;
}

/** The totals of a run in one line. */
export function describeTotals({ worlds, simulatedMs, awsCalls, zohoCalls, fingerprint }: Progress): string {
  const days = (simulatedMs / 86_400_000).toFixed(simulatedMs > 864_000_000 ? 0 : 1);
  const calls = `${awsCalls.toLocaleString('en')} calls of AWS, ${zohoCalls.toLocaleString('en')} of Zoho`;
  return `${worlds.toLocaleString('en')} worlds, ${days} simulated days, ${calls}, fingerprint ${formatFingerprint(fingerprint)}`;
}

export function formatFingerprint(fingerprint: number): string {
  return fingerprint.toString(16).padStart(8, '0');
}

/** Simulated time since the start, as h:mm:ss.mmm. */
export function formatElapsed(ms: number): string {
  const part = (value: number, length: number) => String(Math.floor(value)).padStart(length, '0');
  const [hours, minutes, seconds] = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60];
  return `${part(hours, 1)}:${part(minutes, 2)}:${part(seconds, 2)}.${part(ms % 1000, 3)}`;
}
