import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Connection, scheduledAtMs } from '../core/connection/connection.ts';
import { replacementOf } from '../core/connection/replacement.ts';
import type { ConnectionStore, WriteResult } from '../core/ports.ts';
import { translateAwsError } from './aws-errors.ts';
import { keyOf, parseWellFormed, toAttributes, toItem } from './connection-row.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * Clauses of the conditions. Together, the three of `FREE` are the lease:
 *
 *     generation 7            8 (lease)                        8 (committed)       9 (lease)
 *     ------------------------|------- holder works ----------|-------------------|-----
 *     any reader of 7 may     a reader of 7: generationIsUnchanged fails
 *     take the lease          a reader of 8: leaseIsFree fails
 *                                                              an index still showing the row of the lease:
 *                                                              nothingWasRescheduled fails
 */
const generationIsUnchanged = 'generation = :generation';
const nothingWasRescheduled = 'nextAttemptAt = :nextAttemptAt';
const leaseIsFree = '(attribute_not_exists(leaseUntil) OR leaseUntil <= :now)';
const leaseIsMine = 'leaseOwner = :owner';
const rowIsAbsent = 'attribute_not_exists(#connection)';

const FREE = [generationIsUnchanged, nothingWasRescheduled, leaseIsFree].join(' AND ');
const HELD = [generationIsUnchanged, leaseIsMine].join(' AND ');

/** The writes of the connections table. Each has a condition, so that a late write is refused. */
export function createConnectionWrites(
  client: DynamoDBClient,
  tableName: string,
): Pick<ConnectionStore, 'create' | 'postpone' | 'replaceIfFree' | 'replaceIfHeld'> {
  const action = (name: string) => ({ action: `dynamodb:${name}`, resource: tableName });

  async function update(
    seen: Connection,
    next: Connection,
    condition: { expression: string; values: Record<string, unknown> },
    signal: AbortSignal,
  ): Promise<WriteResult> {
    const change = describeChange(toAttributes(seen), toAttributes(next));
    if (change === undefined) return { written: true, row: next };
    try {
      const update = client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: keyOf(seen.name),
          UpdateExpression: change.expression,
          ConditionExpression: condition.expression,
          ExpressionAttributeNames: change.names,
          ExpressionAttributeValues: marshall({ ...change.values, ...condition.values }),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
        { abortSignal: signal },
      );
      await untilAborted(signal, update);
      return { written: true, row: next };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException))
        throw translateAwsError(error, action('UpdateItem'));
      return { written: false, current: error.Item && parseWellFormed(error.Item) };
    }
  }

  return {
    create: async (connection, signal) => {
      try {
        const put = client.send(
          new PutItemCommand({
            TableName: tableName,
            Item: toItem(connection),
            ConditionExpression: rowIsAbsent,
            ExpressionAttributeNames: { '#connection': 'connection' },
          }),
          { abortSignal: signal },
        );
        await untilAborted(signal, put);
        return { created: true };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return { created: false };
        throw translateAwsError(error, action('PutItem'));
      }
    },

    postpone: async ({ place }, untilMs, signal) => {
      if (place === undefined) return;
      const update = new UpdateItemCommand({
        TableName: tableName,
        Key: keyOf(place.key),
        UpdateExpression: 'SET nextAttemptAt = :until',
        ConditionExpression: nothingWasRescheduled,
        ExpressionAttributeValues: marshall({
          ':until': untilMs,
          ':nextAttemptAt': place.nextAttemptAtMs,
        }),
      });
      try {
        await untilAborted(signal, client.send(update, { abortSignal: signal }));
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException))
          throw translateAwsError(error, action('UpdateItem'));
      }
    },

    replaceIfFree: (seen, next, nowMs, signal) => {
      const values = {
        ':generation': seen.generation,
        ':nextAttemptAt': scheduledAtMs(seen),
        ':now': nowMs,
      };
      const replacement = replacementOf(seen, next);
      const isSame =
        replacement !== next && describeChange(toAttributes(seen), toAttributes(next)) === undefined;
      return update(seen, isSame ? next : replacement, { expression: FREE, values }, signal);
    },

    replaceIfHeld: (held, next, signal) => {
      const values = { ':generation': held.generation, ':owner': held.lease?.owner ?? '' };
      return update(held, next, { expression: HELD, values }, signal);
    },
  };
}

/**
 * An earlier version reschedules a row and keeps these attributes. They do not count then, and must not count later: they are
 * removed although the row as it was read does not have them.
 */
const OF_ANOTHER_ATTEMPT = ['attemptAt', 'notifyAt'] as const;

/** SETs what is new or different, REMOVEs what is gone, and keeps attributes that neither row has. */
function describeChange(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): { expression: string; names: Record<string, string>; values: Record<string, unknown> } | undefined {
  const set = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  const mayRemain = set.includes('nextAttemptAt') ? OF_ANOTHER_ATTEMPT : [];
  const remove = [...new Set([...Object.keys(before), ...mayRemain])].filter((key) => !(key in after));
  if (set.length === 0 && remove.length === 0) return undefined;
  const clauses = [
    set.length > 0 ? `SET ${set.map((key) => `#${key} = :next_${key}`).join(', ')}` : '',
    remove.length > 0 ? `REMOVE ${remove.map((key) => `#${key}`).join(', ')}` : '',
  ];
  return {
    expression: clauses.filter((clause) => clause !== '').join(' '),
    names: Object.fromEntries([...set, ...remove].map((key) => [`#${key}`, key])),
    values: Object.fromEntries(set.map((key) => [`:next_${key}`, after[key]])),
  };
}
