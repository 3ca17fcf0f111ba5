import type { ConsentErrorCode } from '../../core/invites/consent-answers.ts';

/**
 * A request about an invite that is refused, or could not be made.
 *
 * @example
 * try {
 *   await invites.complete(id, { subject: user.id, session });
 * } catch (error) {
 *   if (error instanceof ZohoInvitesError && error.code === 'session_expired') return startAgain();
 *   throw error;
 * }
 */
export class ZohoInvitesError extends Error {
  override readonly name = 'ZohoInvitesError';
  /** Stable. `unavailable`: repeat the request. */
  readonly code: ConsentErrorCode;
  /** What to do. */
  readonly nextStep: string;

  constructor(code: ConsentErrorCode, message: string, nextStep: string, options?: ErrorOptions) {
    super(`${message} ${nextStep}`.trim(), options);
    this.code = code;
    this.nextStep = nextStep;
  }
}
