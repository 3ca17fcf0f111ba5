import type { World } from '../../lambdas/refresher/compose-refresher.ts';

/** The clients, with responses that have this `Date`, or none. */
export function withAwsDate(clients: World['aws'], date: string | undefined): World['aws'] {
  for (const { config } of Object.values(clients) as World['aws'][keyof World['aws']][]) {
    const { requestHandler } = config;
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = async (...request) => {
      const answer = await handle(...request);
      const { date: _, ...others } = answer.response.headers;
      answer.response.headers = date === undefined ? others : { ...others, date };
      return answer;
    };
  }
  return clients;
}
