import { DATA_CENTERS, LOCATIONS, type Location } from './data-centers.ts';
import { escapeHtml } from './html-text.ts';
import { LIMITS } from './limits.ts';
import type { Settlement } from './token-service.ts';

/** An HTTP answer, complete. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How Zoho words throttling: today's answer, a localized one, the older status, or the expected status. */
export type ThrottleVariant = 'english' | 'chinese' | 'legacy-200' | 'status-429';

const JSON_TYPE = 'application/json;charset=UTF-8';

/** An answer with a JSON body. */
export function jsonAnswer(status: number, body: unknown): Answer {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(body) };
}

/** The edge in front of Zoho's services answers in HTML. */
export function htmlAnswer(status: number, title: string): Answer {
  const text = escapeHtml(title);
  const body = `<!DOCTYPE html>\n<html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>\n`;
  return { status, contentType: 'text/html;charset=UTF-8', body };
}

/** An error of the token endpoint: HTTP 200, and only the body says so. */
export function errorAnswer(error: string): Answer {
  return jsonAnswer(200, { error });
}

/** "You have made too many requests continuously", as recorded. */
export function throttleAnswer(variant: ThrottleVariant): Answer {
  const english = {
    error_description: 'You have made too many requests continuously. Please try again after some time.',
    error: 'Access Denied',
    status: 'failure',
  };
  switch (variant) {
    case 'english':
      return jsonAnswer(400, english);
    case 'chinese':
      return jsonAnswer(400, {
        error_description: '您连续发出的请求过多。请稍后再试。',
        error: '访问被拒绝',
        status: 'failure',
      });
    case 'legacy-200':
      return jsonAnswer(200, english);
    case 'status-429':
      return jsonAnswer(429, english);
  }
}

/** The answer of the token endpoint of `location` to a settled call. */
export function settlementAnswer(
  location: Location,
  settlement: Settlement,
  throttleVariant: ThrottleVariant,
): Answer {
  switch (settlement.outcome) {
    case 'minted':
      return jsonAnswer(200, {
        access_token: settlement.accessToken,
        ...(settlement.refreshToken === undefined ? {} : { refresh_token: settlement.refreshToken }),
        scope: settlement.scope,
        api_domain: `https://${settlement.isSandbox ? DATA_CENTERS[location].api.replace('www.', 'sandbox.') : DATA_CENTERS[location].api}`,
        token_type: 'Bearer',
        expires_in: settlement.lifeSeconds ?? LIMITS.accessTokenLifeSeconds,
      });
    case 'throttled':
      return throttleAnswer(throttleVariant);
    default:
      return errorAnswer(settlement.outcome);
  }
}

/** `GET /oauth/serverinfo` of the us accounts server: the accounts server of every location. */
export function serverInfoAnswer(): Answer {
  const locations = LOCATIONS.map((location) => [location, `https://${DATA_CENTERS[location].accounts}`]);
  return jsonAnswer(200, { result: 'success', locations: Object.fromEntries(locations) });
}
