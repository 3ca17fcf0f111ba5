import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { PromiseCheck } from './promises/promise.ts';
import { changedDelivery, type ProviderChange, planProviderChanges } from './provider-changes.ts';
import { type ObservedCall, SimulatedZoho } from './simulated-zoho.ts';
import type { WorldConnection } from './world-connection.ts';
import { errorFor, planWrongRefusals, type WrongRefusal } from './wrong-refusals.ts';
import type { ZohoPeriodsOptions } from './zoho-periods.ts';

export interface WorldZohoOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly faults: FaultPlan;
  readonly connections: () => readonly WorldConnection[];
  readonly behavior: () => ZohoBehavior;
  readonly onPlanned: () => void;
  readonly each: (report: (check: PromiseCheck) => void) => void;
  readonly trace: (text: () => string) => void;
}

/** What Zoho does otherwise than it documents. */
export interface ZohoBehavior {
  readonly wrongRefusals: readonly WrongRefusal[];
  readonly changes: readonly ProviderChange[];
}

export function planBehavior(options: ZohoPeriodsOptions): ZohoBehavior {
  return { wrongRefusals: planWrongRefusals(options), changes: planProviderChanges(options) };
}

/** Zoho in a world: with its faults, and seen by the checks of the promises. */
export function createWorldZoho(options: WorldZohoOptions): SimulatedZoho {
  const { queue, choices, faults, connections, behavior, onPlanned, each, trace } = options;
  const ownerOf = ({ refreshToken }: ObservedCall): WorldConnection => {
    const owner = connections().find(({ refreshTokens }) => refreshTokens.has(refreshToken));
    if (owner === undefined)
      throw new Error('Zoho was called with a refresh token that no connection ever had.');
    return owner;
  };
  const notify = (report: (check: PromiseCheck, connection: string) => void, call: ObservedCall) => {
    const { name } = ownerOf(call);
    each((check) => report(check, name));
  };
  return new SimulatedZoho({
    queue,
    random: choices.stream('tokens'),
    plan: (call) => {
      onPlanned();
      return faults.planZoho(call);
    },
    refusalFor: (call) => errorFor(behavior().wrongRefusals, ownerOf(call), queue.now()),
    changedDelivery: (call, settle) =>
      changedDelivery(behavior().changes, ownerOf(call), queue.now(), settle),
    onRotated: (call, refreshToken) => {
      trace(() => `${call.name}: Zoho rotates the refresh token`);
      ownerOf(call).refreshTokens.add(refreshToken);
      each((check) => check.onRotated?.(call, ownerOf(call).name, refreshToken));
    },
    isDroppedWhenAborted: (call) => choices.draw(`${call} dropped`) < 0.5,
    trace,
    observer: {
      onSent: (call) => notify((check, name) => check.onCallSent?.(call, name), call),
      onReceived: (call) => notify((check, name) => check.onCallReceived?.(call, name), call),
      onAnswered: (call, kind) => notify((check, name) => check.onCallAnswered?.(call, name, kind), call),
      onOver: (call) => notify((check, name) => check.onCallOver?.(call, name), call),
    },
  });
}
