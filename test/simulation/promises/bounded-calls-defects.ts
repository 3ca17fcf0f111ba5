import { type Defect, defect, edit, FILES } from './defect.ts';

/** Defects that must break C2, or another promise that they name. */
export const BOUNDED_CALLS_DEFECTS: readonly Defect[] = [
  defect(
    'an AWS call that is never answered hangs every caller',
    ['C2'],
    edit(FILES.bound, 'if (!this.#timer.signal.aborted) this.#controller.abort(reason());', 'void reason;'),
  ),
  defect(
    "the signal of a caller ends nothing but the call of Zoho's API",
    ['C2'],
    edit(FILES.bound, "    outer?.addEventListener('abort', follow);\n", ''),
  ),
  defect(
    'timeoutMs does not bound the recovery of a token',
    ['C2'],
    edit(
      FILES.apiFetch,
      'await bound.wait(this.#options.recovery.recover(token.generation, reason))',
      'await this.#options.recovery.recover(token.generation, reason)',
    ),
  ),
];
