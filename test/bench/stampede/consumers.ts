import { createZohoClient } from '../../../lambdas/client/index.ts';
import { answerQuestions } from '../answer-questions.ts';
import type { Authorized, Caller } from './caller.ts';
import { cachedPromise, plainCache, simpleOAuth2 } from './peers.ts';

/** One of several processes with a token in memory and many callers. */

/** How the callers of a process share a token. */
export type Subject = 'zoho' | 'cached-promise' | 'plain-cache' | 'simple-oauth2';

const CALLERS: Readonly<Record<Subject, (authorized: Authorized) => Caller>> = {
  zoho: ({ apiUrl }) => {
    const zoho = createZohoClient({ connection: 'crm-prod', metrics: 'off', endpoint: apiUrl });
    return async () => {
      const response = await zoho.fetch('/crm/v8/Leads');
      await response.arrayBuffer();
      return response.status;
    };
  },
  'cached-promise': cachedPromise,
  'plain-cache': plainCache,
  'simple-oauth2': simpleOAuth2,
};

let call: Caller | undefined;

answerQuestions({
  /** One call, so that the token is in memory. */
  prepare: async ({ subject, authorized }: { subject: Subject; authorized: Authorized }) => {
    call = CALLERS[subject](authorized);
    return await call();
  },

  /** So many callers at once. Returns how many of them got what they wanted. */
  stampede: async (callers: number) => {
    const ended = await Promise.allSettled(Array.from({ length: callers }, () => call?.()));
    return ended.filter((end) => end.status === 'fulfilled' && end.value === 200).length;
  },
});
