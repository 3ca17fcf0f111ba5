import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { callAws, translateAwsError } from '../../adapters/aws-errors.ts';
import { untilAborted } from '../../adapters/until-aborted.ts';
import { InfrastructureError } from '../../core/failures.ts';
import type { InviteStore } from '../../core/invites/consent-ports.ts';
import type { Invite } from '../../core/invites/invite.ts';
import { GRANTOR_INDEX, SWEEP_INDEX } from '../../core/invites/table-indexes.ts';
import {
  attemptItem,
  attemptKey,
  clientKey,
  consentKey,
  type Item,
  inviteItem,
  inviteKey,
  parseAttempt,
  parseInvite,
  personKey,
  toItem,
  withoutKind,
} from './invite-row.ts';

/** Clauses of the conditions. */
const nothingIsThere = 'attribute_not_exists(id)';
const noOneCameBefore = 'version = :seen';
const isUnclaimed = 'attribute_exists(id) AND attribute_not_exists(claimedAtMs)';

const SWEPT_AT_ONCE = 100;
const LISTED_AT_ONCE = 100;
/** More connections of one user and client than Zoho allows. */
const MOST_GRANTORS = 50;
const HOUR_SECONDS = 3600;

/** The table of consents in DynamoDB. Vendor errors become `InfrastructureError`. */
export function createInviteTable(client: DynamoDBClient, TableName: string): InviteStore {
  const call = (action: string) => ({ action: `dynamodb:${action}`, resource: TableName });

  async function get(id: string, abortSignal: AbortSignal): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true });
    const answer = await callAws(call('GetItem'), () =>
      untilAborted(abortSignal, client.send(command, { abortSignal })),
    );
    return answer.Item;
  }

  /** False if the condition fails. */
  async function put(
    item: Item,
    condition: { readonly expression?: string; readonly values?: Record<string, AttributeValue> },
    abortSignal: AbortSignal,
  ): Promise<boolean> {
    const command = new PutItemCommand({
      TableName,
      Item: item,
      ConditionExpression: condition.expression,
      ExpressionAttributeValues: condition.values,
    });
    try {
      await untilAborted(abortSignal, client.send(command, { abortSignal }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw translateAwsError(error, call('PutItem'));
    }
  }

  /** True if the row has this write: the first attempt of a repeated call may have succeeded. */
  async function isOwn(id: string, written: string, signal: AbortSignal): Promise<boolean> {
    const item = await get(inviteKey(id), signal);
    return item !== undefined && parseInvite(item).written === written;
  }

  return {
    read: async (id, signal) => {
      const item = await get(inviteKey(id), signal);
      return item && parseInvite(item);
    },
    create: async (invite, signal) =>
      (await put(inviteItem(invite), { expression: nothingIsThere }, signal)) ||
      (await isOwn(invite.id, invite.written, signal)),
    replace: async (next, written, signal) => {
      const invite = { ...next, version: next.version + 1, written };
      const condition = { expression: noOneCameBefore, values: { ':seen': { N: `${next.version}` } } };
      const isWritten =
        (await put(inviteItem(invite), condition, signal)) || (await isOwn(invite.id, written, signal));
      return isWritten ? invite : undefined;
    },
    dueForSweep: async (nowMs, abortSignal) => {
      const command = new QueryCommand({
        TableName,
        IndexName: SWEEP_INDEX,
        KeyConditionExpression: 'sweepQueue = :sweep AND sweepAt <= :now',
        ExpressionAttributeValues: { ':sweep': { S: 'sweep' }, ':now': { N: `${nowMs}` } },
        Limit: SWEPT_AT_ONCE,
      });
      const { Items = [] } = await callAws(call('Query'), () => client.send(command, { abortSignal }));
      return Items.map((item) => withoutKind(item.id?.S));
    },
    list: async ({ connection, next }, abortSignal) => {
      const command = new ScanCommand({
        TableName,
        Limit: LISTED_AT_ONCE,
        FilterExpression:
          connection === undefined ? 'begins_with(id, :invite)' : 'begins_with(id, :invite) AND #c = :c',
        ...(connection === undefined ? {} : { ExpressionAttributeNames: { '#c': 'connection' } }),
        ExpressionAttributeValues: toItem({ ':invite': inviteKey(''), ':c': connection }),
        ...(next === undefined ? {} : { ExclusiveStartKey: { id: { S: fromBase64(next) } } }),
      });
      const page = await callAws(call('Scan'), () => client.send(command, { abortSignal }));
      const last = page.LastEvaluatedKey?.id?.S;
      return {
        ...parseInvites(page.Items ?? []),
        next: last === undefined ? undefined : Buffer.from(last).toString('base64url'),
      };
    },
    readAttempt: async (hash, signal) => {
      const item = await get(attemptKey(hash), signal);
      return item && parseAttempt(item);
    },
    createAttempt: async (attempt, signal) => {
      await put(attemptItem(attempt), {}, signal);
    },
    claimAttempt: async (hash, { by, nowMs }, abortSignal) => {
      const command = new UpdateItemCommand({
        TableName,
        Key: { id: { S: attemptKey(hash) } },
        UpdateExpression: 'SET claimedAtMs = :now, claimedBy = :by',
        ConditionExpression: isUnclaimed,
        ExpressionAttributeValues: { ':now': { N: `${nowMs}` }, ':by': { S: by } },
      });
      try {
        await untilAborted(abortSignal, client.send(command, { abortSignal }));
        return true;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException))
          throw translateAwsError(error, call('UpdateItem'));
        const item = await get(attemptKey(hash), abortSignal);
        return item !== undefined && parseAttempt(item).claimedBy === by;
      }
    },
    codesOf: async (name, signal) => {
      const item = await get(clientKey(name), signal);
      const { codesMs } = item === undefined ? {} : unmarshall(item);
      return Array.isArray(codesMs) ? codesMs.filter((atMs) => typeof atMs === 'number') : [];
    },
    recordCodes: async (name, codesMs, signal) => {
      const expireAt = Math.ceil((codesMs.at(-1) ?? 0) / 1000) + HOUR_SECONDS;
      await put(toItem({ id: clientKey(name), codesMs, expireAt }), {}, signal);
    },
    recordConsent: async ({ connection, inviteId, grantor, persons, authorizedAtMs }, signal) => {
      const item = {
        id: consentKey(connection),
        connection,
        inviteId,
        grantor,
        authorizedAt: authorizedAtMs,
      };
      await put(toItem(item), {}, signal);
      // Not as `grantor`: the index is of consents only.
      for (const person of grantor === undefined ? [] : persons)
        await put(toItem({ id: personKey(person), knownAs: grantor }), {}, signal);
    },
    authorizedBy: async (grantor, abortSignal) => {
      const command = new QueryCommand({
        TableName,
        IndexName: GRANTOR_INDEX,
        KeyConditionExpression: 'grantor = :grantor',
        ExpressionAttributeValues: { ':grantor': { S: grantor } },
        Limit: MOST_GRANTORS,
      });
      const { Items = [] } = await callAws(call('Query'), () => client.send(command, { abortSignal }));
      return Items.map((item) => ({
        connection: withoutKind(item.id?.S),
        inviteId: item.inviteId?.S ?? '',
      }));
    },
    grantorOf: async (person, signal) => (await get(personKey(person), signal))?.knownAs?.S,
  };
}

/** One row that someone else has written must not hide the others. */
function parseInvites(items: readonly Item[]) {
  const invites: Invite[] = [];
  const malformed: string[] = [];
  for (const item of items) {
    try {
      invites.push(parseInvite(item));
    } catch (error) {
      if (!(error instanceof InfrastructureError)) throw error;
      malformed.push(error.message);
    }
  }
  return { invites, malformed };
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64url').toString('utf8');
}
