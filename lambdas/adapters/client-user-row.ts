import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { SEVERITIES } from '../core/connection/connection.ts';
import { isFailureCode } from '../core/failures.ts';
import type { ClientUser } from '../core/incidents/client-users.ts';
import { type Item, parseIncident } from './connection-row.ts';
import { rowSchema } from './connection-row-schema.ts';

/** A query for the rows of the index `due` that use a client. It returns a tenth of each row: there may be a million. */
export const CLIENT_USER_QUERY = {
  KeyConditionExpression: 'queue = :due',
  FilterExpression: '#client = :client',
  ProjectionExpression: '#connection, #status, #source, #client, #severity, #incidents, #lastFailure.#code',
  ExpressionAttributeNames: {
    ...{ '#connection': 'connection', '#status': 'status', '#source': 'source', '#client': 'client' },
    ...{ '#severity': 'severity', '#incidents': 'incidents', '#lastFailure': 'lastFailure', '#code': 'code' },
  },
};

const { connection, status, source, client, severity, incidents } = rowSchema.shape;
const clientUserSchema = z.object({
  ...{ connection, status, source, client, severity, incidents },
  lastFailure: z.optional(z.object({ code: z.string() })),
});

/** Parses an item of that query; undefined if it is malformed, which the refresh of the row reports. */
export function parseClientUser(item: Item): ClientUser | undefined {
  const { data } = clientUserSchema.safeParse(unmarshall(item, { wrapNumbers: Number }));
  if (data === undefined) return undefined;
  const { lastFailure } = data;
  const code = isFailureCode(lastFailure?.code) ? lastFailure.code : 'internal_error';
  return {
    name: data.connection,
    status: data.status,
    source: data.source,
    ...(data.client === undefined ? {} : { client: data.client }),
    severity: SEVERITIES.find((each) => each === data.severity),
    incidents: (data.incidents ?? []).flatMap(parseIncident),
    lastFailure: lastFailure && { code },
  };
}
