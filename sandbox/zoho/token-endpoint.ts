import { type Answer, settlementAnswer, type ThrottleVariant } from './answers.ts';
import type { Location } from './data-centers.ts';
import { type Delivery, deliver, deliverWithFault } from './delivery.ts';
import { type Fault, type FaultRule, PendingRules } from './faults.ts';
import { createHeldCallGate, type HeldCall, type HeldCallGate, type HoldRequest } from './held-call.ts';
import type { Clock } from './limits.ts';
import type { OAuthState } from './oauth-state.ts';
import type { TokenCall, TokenRequest, TokenRequestHook } from './token-calls.ts';
import type { Parameters, Settlement, TokenService } from './token-service.ts';

interface HoldRule extends HoldRequest {
  readonly calls: 1;
  readonly gate: HeldCallGate;
}

/** What the token endpoint is made of. */
interface TokenEndpointParts {
  readonly clock: Clock;
  readonly state: OAuthState;
  readonly service: TokenService;
  readonly throttleVariant: ThrottleVariant;
}

/** `POST /oauth/v2/token`: settles each call, injects faults, and keeps a record. */
export class TokenEndpoint {
  /** Every call, in the order of settlement. */
  readonly calls: TokenCall[] = [];
  readonly faults = new PendingRules<FaultRule>();
  readonly hooks = new Set<TokenRequestHook>();
  readonly #holds = new PendingRules<HoldRule>();
  readonly #parts: TokenEndpointParts;

  constructor(parts: TokenEndpointParts) {
    this.#parts = parts;
  }

  /** Holds the next call that matches. */
  hold(request: HoldRequest): HeldCall {
    const gate = createHeldCallGate(request);
    this.#holds.add({ ...request, calls: 1, gate });
    return gate.handle;
  }

  async handle(dataCenter: Location, parameters: Parameters, hasSecretsInUrl: boolean): Promise<Delivery> {
    const refreshToken = parameters.get('refresh_token');
    const request: TokenRequest = {
      atMs: this.#parts.clock.now(),
      dataCenter,
      grantType: parameters.get('grant_type'),
      clientId: parameters.get('client_id'),
      refreshTokenOrdinal: refreshToken === undefined ? undefined : this.#parts.state.ordinalOf(refreshToken),
      hasSecretsInUrl,
    };
    const hookFaults = [...this.hooks].map((hook) => hook(request));

    const hold = this.#holds.take(dataCenter, refreshToken);
    if (hold !== undefined) return await this.#hold(hold.gate, request, parameters);

    const fault = hookFaults.find((each) => each !== undefined) ?? this.faults.take(dataCenter, refreshToken);
    if (fault !== undefined) return this.#fault(fault, request, parameters);
    return deliver(this.#settle(request, parameters, undefined));
  }

  #fault(fault: Fault, request: TokenRequest, parameters: Parameters): Delivery {
    let outcome: TokenCall['outcome'] = fault.kind === 'throttle' ? 'throttled' : 'faulted';
    const delivery = deliverWithFault(fault, () => {
      const settlement = this.#parts.service.settle(request.dataCenter, parameters);
      outcome = settlement.outcome;
      return this.#answer(request, settlement);
    });
    this.calls.push({ ...request, outcome, fault: fault.kind });
    return delivery;
  }

  async #hold(gate: HeldCallGate, request: TokenRequest, parameters: Parameters): Promise<Delivery> {
    const early = gate.takesEffect === 'on-arrival' ? this.#settle(request, parameters, 'hold') : undefined;
    const decision = await gate.wait();
    if (decision === 'released') return deliver(early ?? this.#settle(request, parameters, 'hold'));

    if (early === undefined) this.calls.push({ ...request, outcome: 'faulted', fault: 'hold' });
    return { kind: 'reset' };
  }

  #settle(request: TokenRequest, parameters: Parameters, fault: 'hold' | undefined): Answer {
    const settlement = this.#parts.service.settle(request.dataCenter, parameters);
    this.calls.push({ ...request, outcome: settlement.outcome, fault });
    return this.#answer(request, settlement);
  }

  #answer(request: TokenRequest, settlement: Settlement): Answer {
    return settlementAnswer(request.dataCenter, settlement, this.#parts.throttleVariant);
  }
}
