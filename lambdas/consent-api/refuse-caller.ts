import type { ConsentErrorAnswer, ConsentErrorCode } from '../core/invites/consent-answers.ts';

/** A request of a caller that is refused. Expected: it becomes the answer. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly code: ConsentErrorCode;
  readonly nextStep: string;

  constructor(code: ConsentErrorCode, message: string, nextStep: string) {
    super(message);
    this.code = code;
    this.nextStep = nextStep;
  }

  toAnswer(): ConsentErrorAnswer {
    return { error: { code: this.code, message: this.message, next_step: this.nextStep } };
  }
}

export function unknownInvite(): RefusedRequest {
  return new RefusedRequest(
    'unknown_invite',
    'There is no invite with this id.',
    'List them: {"action":"list-invites"}. Rows are deleted a month after they expire.',
  );
}

export function inProgress(): RefusedRequest {
  return new RefusedRequest(
    'unavailable',
    'The invite is being worked on: a consent is being stored or revoked.',
    'Ask again in a minute.',
  );
}
