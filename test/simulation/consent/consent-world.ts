import { createHash } from 'node:crypto';
import type { Connection } from '../../../lambdas/core/connection/connection.ts';
import { registerConnection } from '../../../lambdas/core/connection/connection.ts';
import { UNKNOWN_PERSON } from '../../../lambdas/core/consent/authorized-by.ts';
import type {
  ConsentPorts,
  CurrentCredentials,
  InviteStore,
} from '../../../lambdas/core/invites/consent-ports.ts';
import type { Attempt, ConsentRecord, Invite } from '../../../lambdas/core/invites/invite.ts';
import { Redacted } from '../../../lambdas/core/redacted.ts';

export const CONNECTION = 'crm-acme';
export const CLIENT = 'acme';
export const OLD_TOKEN = '1000.old-refresh-token';
export const START_MS = Date.UTC(2026, 0, 5, 9);
const NEVER = new AbortController().signal;
const CLIENT_JSON = '{"client_id":"1000.ACME","data_center":"eu","client_secret":"a-client-secret"}';

/** AWS and Zoho in memory, which outlive the processes of ConsentApi. Keeps what a test asks about afterwards. */
export class ConsentWorld {
  nowMs = START_MS;
  readonly invites = new Map<string, Invite>();
  readonly attempts = new Map<string, Attempt>();
  readonly rows = new Map<string, Connection>();
  readonly consents = new Map<string, ConsentRecord>();
  /** Refresh tokens that Zoho accepts. */
  readonly live = new Set<string>();
  readonly codes = new Set<string>();
  issued = 0;
  readonly violations: string[] = [];
  /** Called with each version of an invite. */
  onInvite: (invite: Invite) => void = () => {};
  credentials: CurrentCredentials = { kind: 'none' };
  #serial = 0;

  constructor({ isNew }: { readonly isNew: boolean }) {
    if (isNew) return;
    this.rows.set(CONNECTION, registerConnection(CONNECTION, 'connected', START_MS));
    this.live.add(OLD_TOKEN);
    this.credentials = {
      kind: 'found',
      versionId: 'version-0',
      text: new Redacted(JSON.stringify({ client: CLIENT, refresh_token: OLD_TOKEN, data_center: 'eu' })),
    };
  }

  /** Zoho's redirect after a consent. */
  issueCode(): string {
    const code = `code-${this.#next()}`;
    this.codes.add(code);
    return code;
  }

  get refreshToken(): string | undefined {
    return this.credentialsJson?.refresh_token;
  }

  get credentialsJson(): { readonly refresh_token?: string; readonly invite_id?: string } | undefined {
    return this.credentials.kind === 'none' ? undefined : JSON.parse(this.credentials.text.reveal());
  }

  get ports(): ConsentPorts {
    const nothing = () => {};
    return {
      clock: { now: () => this.nowMs, abortAfter: () => NEVER },
      entropy: {
        id: () => hash(`id ${this.#next()}`).slice(0, 22),
        secret: () => hash(`secret ${this.#next()}`),
        hash,
        isSame: (one, other) => one === other,
      },
      invites: this.#store(),
      connections: this.#connections(),
      secrets: {
        readCredentials: () => Promise.resolve(this.credentials),
        readSpec: () => Promise.resolve({ dataCenter: undefined, scopes: [] }),
        prepareToken: () => Promise.resolve(),
        storeCredentials: (_, { text, fromVersionId }) => {
          const seen = this.credentials.kind === 'none' ? undefined : this.credentials.versionId;
          if (seen !== fromVersionId) return Promise.resolve({ kind: 'conflict' });
          const versionId = `version-${this.#next()}`;
          this.credentials = { kind: 'found', versionId, text };
          return Promise.resolve({ kind: 'stored', versionId });
        },
      },
      clients: {
        read: () =>
          Promise.resolve({
            current: { versionId: 'c', text: new Redacted(CLIENT_JSON) },
            pending: undefined,
          }),
        promote: () => Promise.resolve(true),
      },
      sealer: {
        seal: (kind, invite, text) => Promise.resolve(JSON.stringify([kind, invite, text.reveal()])),
        open: (kind, invite, sealed) => {
          const [sealedKind, sealedInvite, text] = JSON.parse(sealed) as [string, string, string];
          if (sealedKind !== kind || sealedInvite !== invite) throw new Error('sealed for something else');
          return Promise.resolve(new Redacted(text));
        },
      },
      zoho: this.#zoho(),
      refresher: { refresh: (connection) => Promise.resolve(this.#refresh(connection)) },
      events: { announce: () => Promise.resolve() },
      metrics: { count: nothing },
      log: { info: nothing, warn: nothing, error: nothing },
    };
  }

  #store(): InviteStore {
    return {
      read: (id) => Promise.resolve(this.invites.get(id)),
      create: (invite) => {
        if (this.invites.has(invite.id)) return Promise.resolve(false);
        this.invites.set(invite.id, invite);
        return Promise.resolve(true);
      },
      replace: (next, written) => {
        if (this.invites.get(next.id)?.version !== next.version) return Promise.resolve(undefined);
        const invite = { ...next, version: next.version + 1, written };
        this.invites.set(next.id, invite);
        this.onInvite(invite);
        return Promise.resolve(invite);
      },
      dueForSweep: (nowMs) =>
        Promise.resolve(
          [...this.invites.values()]
            .filter(({ sweepAtMs = Number.POSITIVE_INFINITY }) => sweepAtMs <= nowMs)
            .map(({ id }) => id),
        ),
      list: () => Promise.resolve({ invites: [...this.invites.values()], malformed: [], next: undefined }),
      readAttempt: (attempt) => Promise.resolve(this.attempts.get(attempt)),
      createAttempt: (attempt) => {
        this.attempts.set(attempt.hash, attempt);
        return Promise.resolve();
      },
      claimAttempt: (attemptHash, { by, nowMs }) => {
        const attempt = this.attempts.get(attemptHash);
        if (attempt === undefined || attempt.claimedAtMs !== undefined) return Promise.resolve(false);
        this.attempts.set(attemptHash, { ...attempt, claimedAtMs: nowMs, claimedBy: by });
        return Promise.resolve(true);
      },
      codesOf: () => Promise.resolve([]),
      recordCodes: () => Promise.resolve(),
      recordConsent: (record) => {
        this.consents.set(record.connection, record);
        return Promise.resolve();
      },
      authorizedBy: () => Promise.resolve([]),
      grantorOf: () => Promise.resolve(undefined),
    };
  }

  #connections(): ConsentPorts['connections'] {
    return {
      read: (name) => Promise.resolve(this.rows.get(name)),
      create: (row) => {
        const created = !this.rows.has(row.name);
        if (created) this.rows.set(row.name, row);
        return Promise.resolve({ created });
      },
      replaceIfFree: (seen, next) => {
        const current = this.rows.get(seen.name);
        if (current !== seen) return Promise.resolve({ written: false, current });
        this.rows.set(seen.name, next);
        return Promise.resolve({ written: true, row: next });
      },
    };
  }

  #zoho(): ConsentPorts['zoho'] {
    return {
      exchange: ({ code }) => {
        if (!this.codes.delete(code.reveal()))
          return Promise.resolve({ kind: 'refused', failure: { code: 'invalid_code', message: 'used' } });
        this.issued += 1;
        const refreshToken = `1000.refresh-token-${this.#next()}`;
        this.live.add(refreshToken);
        return Promise.resolve({
          kind: 'granted',
          accessToken: new Redacted('1000.access-token'),
          refreshToken: new Redacted(refreshToken),
          scope: 'ZohoCRM.modules.ALL,AaaServer.profile.READ',
          isSandbox: false,
        });
      },
      identify: () => Promise.resolve({ ...UNKNOWN_PERSON, zuid: '1', email: 'admin@acme.example' }),
      revoke: ({ refreshToken }) => {
        const token = refreshToken.reveal();
        if (token === this.refreshToken) this.violations.push('the credentials in use were revoked');
        if (token === OLD_TOKEN && !this.#isLive())
          this.violations.push('the old refresh token was revoked before a new token was live');
        return Promise.resolve(this.live.delete(token) ? 'revoked' : 'already-invalid');
      },
    };
  }

  #isLive(): boolean {
    const versionId = this.credentials.kind === 'none' ? '' : this.credentials.versionId;
    return this.rows.get(CONNECTION)?.credentialsVersionId === versionId;
  }

  #refresh(connection: string): void {
    const row = this.rows.get(connection);
    const isAccepted = this.live.has(this.refreshToken ?? '');
    if (row === undefined || this.credentials.kind === 'none' || !isAccepted) return;
    this.rows.set(connection, {
      ...row,
      status: 'active',
      token: { versionId: 'token', issuedAtMs: this.nowMs, expiresAtMs: this.nowMs + 3_600_000 },
      credentialsVersionId: this.credentials.versionId,
    });
  }

  #next(): number {
    this.#serial += 1;
    return this.#serial;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
