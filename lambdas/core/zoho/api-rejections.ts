import { REJECTION_TABLE } from './rejection-table.ts';

/**
 * What an API answer says about the token.
 *
 * - `token`: the token is not accepted, and a newer one may help
 * - `ambiguous`: it may be the token, the scope or something else: worth one newer token, not more
 * - `not-the-token`: scope, organization or profile: no token of this authorization helps
 * - `accepted`: not about authorization
 */
export type ApiVerdict = 'token' | 'ambiguous' | 'not-the-token' | 'accepted';

/** No more of a body is looked at: error bodies of Zoho's APIs are short. */
export const MAX_BODY_LENGTH = 64 * 1024;

const ROWS = REJECTION_TABLE.map((row) => ({
  ...row,
  where: new RegExp(row.where),
  body: new RegExp(row.body),
}));

/** Statuses whose body has to be read. */
export const mayBeRejection = (status: number): boolean =>
  status === 401 || ROWS.some(({ statuses }) => statuses.includes(status));

/**
 * Judges an answer by the table of rejections. `url` is the request's: its host and path say which product answered. The
 * body may be anything: it is searched, not parsed, so that a nested, damaged or truncated one costs no more than any other.
 */
export const judgeApiAnswer = ({
  status,
  body,
  url,
}: {
  readonly status: number;
  readonly body: string;
  readonly url: URL;
}): ApiVerdict => {
  const place = url.hostname + url.pathname;
  const start = body.slice(0, MAX_BODY_LENGTH);
  const row = ROWS.find(
    (candidate) =>
      candidate.statuses.includes(status) && candidate.where.test(place) && candidate.body.test(start),
  );
  return row?.verdict ?? (status === 401 ? 'ambiguous' : 'accepted');
};
