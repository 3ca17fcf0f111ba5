import { type AwsError, type AwsFaultCode, awsFault } from './aws-error.ts';

/** A name, in which `*` matches anything (as in an IAM policy), or a regular expression. */
export type Pattern = string | RegExp;

/** A request as it is logged and matched with faults: its operation and the name of what it is about. Never a value. */
export type ObservedCall<Subject extends string> = { readonly operation: string } & {
  readonly [Each in Subject]: string | undefined;
};

/** Which requests a fault affects: every key given must match; a key left out matches everything. */
export type FaultTarget<Operation extends string, Subject extends string> = {
  readonly operation: Operation | '*';
} & { readonly [Each in Subject]?: Pattern };

/** What happens to a request. `afterEffect`: the operation takes effect, but its answer is lost. */
export type Fault =
  | { readonly kind: 'error'; readonly error: AwsError; readonly afterEffect: boolean }
  | { readonly kind: 'drop'; readonly afterEffect: boolean }
  | {
      readonly kind: 'hang';
      readonly afterEffect: boolean;
      readonly reached: () => void;
      readonly released: Promise<void>;
    };

/** A request that hangs. */
interface Hold {
  /** Resolves when the request has arrived and, with `afterEffect`, has taken effect. */
  readonly reached: Promise<void>;
  /** Lets the request continue. Without `afterEffect` it takes effect now, even if its caller has gone. */
  release(): void;
}

/** How many matching requests are affected (default 1), and whether they take effect (default false). */
interface FaultOptions {
  readonly times?: number;
  readonly afterEffect?: boolean;
}

interface PlannedFault {
  readonly target: object;
  readonly fault: Fault;
  remaining: number;
}

interface Denial {
  readonly target: object;
  /** IAM's refusal when undefined. */
  readonly error: AwsError | undefined;
}

/**
 * The faults of a stand-in, applied in the order in which they were planned. Denials come first.
 */
export class Faults<Target extends object> {
  readonly #service: string;
  #planned: PlannedFault[] = [];
  #denials: Denial[] = [];

  /** `service` as in IAM actions, e.g. `secretsmanager`. */
  constructor(service: string) {
    this.#service = service;
  }

  /** Answers the next matching requests with this error. */
  failNext(fault: Target & FaultOptions & { readonly error: AwsFaultCode; readonly message?: string }): void {
    const { error, message, times = 1, afterEffect = false, ...target } = fault;
    this.#plan(target, times, { kind: 'error', error: awsFault(error, message), afterEffect });
  }

  /** Cuts the connection of the next matching requests without an answer. */
  dropNext(fault: Target & FaultOptions): void {
    const { times = 1, afterEffect = false, ...target } = fault;
    this.#plan(target, times, { kind: 'drop', afterEffect });
  }

  /** Holds the next matching request until it is released. */
  hangNext(fault: Target & Omit<FaultOptions, 'times'>): Hold {
    const { afterEffect = false, ...target } = fault;
    const reached = deferred();
    const released = deferred();
    this.#plan(target, 1, {
      kind: 'hang',
      afterEffect,
      reached: reached.resolve,
      released: released.promise,
    });
    return { reached: reached.promise, release: released.resolve };
  }

  /** Refuses every matching request, without effect, until `clear` or the returned function is called. */
  deny(target: Target, error?: AwsError): () => void {
    const denial: Denial = { target, error };
    this.#denials.push(denial);
    return () => {
      this.#denials = this.#denials.filter((other) => other !== denial);
    };
  }

  /** Removes all planned faults and denials. Held requests stay held. */
  clear(): void {
    this.#planned = [];
    this.#denials = [];
  }

  /** For the endpoints: takes the fault for this request, if any. */
  take(call: ObservedCall<never>): Fault | undefined {
    const denial = this.#denials.find(({ target }) => matchesTarget(target, call));
    if (denial !== undefined)
      return { kind: 'error', error: denial.error ?? refusedByIam(this.#service, call), afterEffect: false };
    const planned = this.#planned.find(({ target }) => matchesTarget(target, call));
    if (planned === undefined) return undefined;
    planned.remaining -= 1;
    if (planned.remaining <= 0) this.#planned = this.#planned.filter((other) => other !== planned);
    return planned.fault;
  }

  #plan(target: object, remaining: number, fault: Fault): void {
    this.#planned.push({ target, remaining, fault });
  }
}

function matchesTarget(target: object, call: Readonly<Record<string, string | undefined>>): boolean {
  return Object.entries(target).every(
    ([key, pattern]: [string, Pattern | undefined]) =>
      pattern === undefined || matchesPattern(pattern, call[key]),
  );
}

function matchesPattern(pattern: Pattern, name: string | undefined): boolean {
  if (name === undefined) return false;
  if (typeof pattern === 'string') {
    const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${escaped.join('.*')}$`, 's').test(name);
  }
  // search(), because test() of a pattern with the flag g would depend on earlier calls.
  return name.search(pattern) >= 0;
}

function refusedByIam(service: string, { operation, ...about }: ObservedCall<never>): AwsError {
  const action = `${service}:${operation}`;
  const resource = Object.values(about).find((name) => name !== undefined) ?? '*';
  return awsFault(
    'AccessDeniedException',
    `User: arn:aws:iam::000000000000:user/sandbox is not authorized to perform: ${action} on resource: ` +
      `${resource} because no identity-based policy allows the ${action} action`,
  );
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
