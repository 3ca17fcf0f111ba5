import { answerVisitor, type HttpAnswer, type ShownAnswer } from './answer-visitor.ts';
import { browserCookie, readBrowserCookie } from './browser-cookie.ts';
import type { ConsentApi } from './consent-api.ts';
import type { Brand } from './pages/brand.ts';
import { readVisitorRequest, type VisitorRequest } from './visitor-request.ts';

export interface PagesParts {
  readonly consentApi: ConsentApi;
  readonly brand: Brand;
  /** 32 random bytes, base64url. */
  readonly newBrowser: () => string;
  /** Gets what was asked and shown, without path, query and cookie: they are secrets. */
  readonly report: (visit: {
    readonly request: VisitorRequest['kind'];
    readonly page: ShownAnswer['kind'];
    readonly status: number;
  }) => void;
}

export type PagesHandler = (event: unknown) => Promise<HttpAnswer>;

/** A page, and what goes with it. */
interface Reply {
  readonly answer: ShownAnswer;
  readonly cookie?: string;
  readonly inviteUrl?: string;
}

/** The public function. It renders what ConsentApi answers, decides nothing, and has no permission but to ask. */
export function createPagesHandler({ consentApi, brand, newBrowser, report }: PagesParts): PagesHandler {
  return async (event) => {
    const { request, cookies } = readVisitorRequest(event);
    const { answer, ...extras } = await reply(request, readBrowserCookie(cookies));
    const answered = answerVisitor(answer, brand, extras);
    report({ request: request.kind, page: answer.kind, status: answered.statusCode });
    return answered;
  };

  async function reply(request: VisitorRequest, known: string | undefined): Promise<Reply> {
    switch (request.kind) {
      case 'view': {
        const answer = await consentApi({ action: 'view', token: request.token });
        // With the first page, so that two tabs share it.
        const isFirst = answer.kind === 'invite' && known === undefined;
        return { answer, ...(isFirst && { cookie: browserCookie(newBrowser()) }) };
      }
      case 'begin': {
        const browser = known ?? newBrowser();
        const answer = await consentApi({ action: 'begin', token: request.token, browser });
        // Again, so that it outlives the invite.
        if (answer.kind === 'redirect') return { answer, cookie: browserCookie(browser) };
        return { answer, inviteUrl: `/i/${request.token}` };
      }
      case 'callback': {
        const browser = known === undefined ? {} : { browser: known };
        return { answer: await consentApi({ action: 'callback', query: request.query, ...browser }) };
      }
      case 'foreign-form':
        return { answer: { kind: 'foreign-form' } };
      case 'not-found':
        return { answer: { kind: 'unknown' } };
    }
  }
}
