import { type Answer, htmlAnswer, jsonAnswer } from './answers.ts';
import type { Location } from './data-centers.ts';
import { type Delivery, deliver } from './delivery.ts';
import type { ApiFault } from './faults.ts';
import type { OAuthState } from './oauth-state.ts';
import { answerProduct, type ProductCall } from './products.ts';
import { grantOf } from './user-info.ts';
import type { ZohoUsers } from './zoho-users.ts';

/** Runs before each call of a product's API: may return a fault for it. */
export type ApiRequestHook = (request: { readonly dataCenter: Location }) => ApiFault | undefined;

/** The APIs of the products, with faults. */
export class ProductApi {
  readonly hooks = new Set<ApiRequestHook>();
  readonly #state: OAuthState;
  readonly #users: ZohoUsers;

  constructor(state: OAuthState, users: ZohoUsers) {
    this.#state = state;
    this.#users = users;
  }

  handle(call: ProductCall): Delivery {
    const faults = [...this.hooks].map((hook) => hook({ dataCenter: call.location }));
    const fault = faults.find((each) => each !== undefined);
    const answer = this.#answer(call, fault?.kind !== 'missing-scope');
    switch (fault?.kind) {
      case 'html-401':
        return deliver(htmlAnswer(401, 'Authorization Required'));
      case 'html-5xx':
        return deliver(htmlAnswer(503, 'Service Temporarily Unavailable'));
      case 'hang':
        return { kind: 'silence' };
      case 'late':
        return { kind: 'late-answer', answer, afterMs: fault.afterMs };
      default:
        return deliver(answer);
    }
  }

  #answer(call: ProductCall, hasScope: boolean): Answer {
    if (!/^\/crm\/v\d+\/org$/.test(call.path)) return answerProduct(call, this.#state, hasScope);
    const grant = grantOf(call.location, call.authorization, this.#state);
    const mayRead =
      grant?.scope.split(',').some((scope) => /^ZohoCRM\.org\.(READ|ALL)$/.test(scope)) === true;
    const { organization } = this.#users.find(grant?.user ?? '') ?? {};
    if (!mayRead || organization === undefined) return answerProduct(call, this.#state, false);
    return jsonAnswer(200, { org: [{ zgid: organization.id, company_name: organization.name }] });
  }
}
