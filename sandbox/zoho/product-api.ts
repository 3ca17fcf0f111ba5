import { htmlAnswer } from './answers.ts';
import type { Location } from './data-centers.ts';
import { type Delivery, deliver } from './delivery.ts';
import type { ApiFault } from './faults.ts';
import type { OAuthState } from './oauth-state.ts';
import { answerProduct, type ProductCall } from './products.ts';

/** Runs before each call of a product's API: may return a fault for it. */
export type ApiRequestHook = (request: { readonly dataCenter: Location }) => ApiFault | undefined;

/** The APIs of the products, with faults. */
export class ProductApi {
  readonly hooks = new Set<ApiRequestHook>();
  readonly #state: OAuthState;

  constructor(state: OAuthState) {
    this.#state = state;
  }

  handle(call: ProductCall): Delivery {
    const faults = [...this.hooks].map((hook) => hook({ dataCenter: call.location }));
    const fault = faults.find((each) => each !== undefined);
    const answer = answerProduct(call, this.#state, fault?.kind !== 'missing-scope');
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
}
