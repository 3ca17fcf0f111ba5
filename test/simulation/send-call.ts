import type { CallPlan } from './call-plan.ts';
import type { Environment } from './environment.ts';
import type { EventQueue } from './event-queue.ts';

/** A call from a process to a service. */
export interface SentCall<Answer> {
  readonly plan: CallPlan;
  readonly signal: AbortSignal | undefined;
  /** What the service does when it receives the call. Throws the error that the service returns. */
  readonly perform: () => Answer;
  /** The error of this name, as the caller's library throws it. */
  readonly errorNamed: (name: string) => Error;
  /** Called once, when the caller no longer waits: it got an answer, gave up or died. */
  readonly onOver?: () => void;
}

/**
 * Carries out a call as planned. The promise never settles when the caller dies, or when there is no answer and the caller
 * does not give up. A call that was sent takes effect even if its sender is dead by then.
 */
export function sendCall<Answer>(
  queue: EventQueue,
  environment: Environment,
  { plan, signal, perform, errorNamed, onOver = () => {} }: SentCall<Answer>,
): Promise<Answer> {
  if (plan.crash === 'before') environment.kill();
  if (environment.isDead) return new Promise(() => {});
  if (signal?.aborted) return Promise.reject(signal.reason);

  const outcomes: Outcome<Answer>[] = [];
  const takeEffect = () => {
    outcomes.push(outcomeOf(perform));
    if (plan.crash === 'after-effect') environment.kill();
  };
  if (plan.effectMs !== undefined) queue.after(plan.effectMs, takeEffect);
  if (plan.effectAgainMs !== undefined) queue.after(plan.effectAgainMs, takeEffect);

  return new Promise<Answer>((resolve, reject) => {
    let isOver = false;
    const finish = (settle: () => void) => {
      if (isOver) return;
      isOver = true;
      signal?.removeEventListener('abort', giveUp);
      forget();
      onOver();
      settle();
    };
    const giveUp = () => finish(() => reject(signal?.reason));
    const forget = environment.onEnd(() => finish(() => {}));
    signal?.addEventListener('abort', giveUp);
    if (plan.answerMs !== undefined) {
      environment.deliverAfter(plan.answerMs, () => {
        if (plan.crash === 'on-answer') return environment.kill();
        const outcome = outcomes[plan.answersSecond ? 1 : 0];
        if (plan.error !== undefined) finish(() => reject(errorNamed(plan.error ?? '')));
        else if (outcome === undefined)
          throw new Error('An answer was planned for a call without an effect.');
        else if (outcome.kind === 'done') finish(() => resolve(outcome.answer));
        else finish(() => reject(outcome.error));
      });
    }
    if (plan.pauseMs !== undefined) environment.pause(plan.pauseMs);
  });
}

type Outcome<Answer> =
  | { readonly kind: 'done'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly error: unknown };

function outcomeOf<Answer>(perform: () => Answer): Outcome<Answer> {
  try {
    return { kind: 'done', answer: perform() };
  } catch (error) {
    return { kind: 'refused', error };
  }
}
