import { registerConnection } from '../../lambdas/core/connection/connection.ts';
import { OperatorDesk, SCOPE } from './operator-desk.ts';
import { SecondDeployment } from './second-deployment.ts';

const MINUTE_MS = 60_000;

/** Prefix and table of the old deployment, as version 0.1 may have deployed it: with slashes, and without an address. */
export const OLD = 'team/zoho';
export const OLD_TABLE = 'OldConnections';

/** The declared connection of both deployments. */
export const DECLARED = 'crm-prod';

const CONNECTIONS = { [DECLARED]: { dataCenter: 'eu', scopes: [SCOPE] } } as const;

/** A desk for a new deployment, `zoho`, beside an old one, whose connections have tokens. */
export class MovingDesk {
  readonly desk: OperatorDesk;
  readonly old: SecondDeployment;

  private constructor(desk: OperatorDesk, old: SecondDeployment) {
    this.desk = desk;
    this.old = old;
  }

  /** @param connected names of connections that the old deployment connected at run time */
  static async open({
    connected = [],
    mayFollow = true,
  }: {
    readonly connected?: readonly string[];
    /** Whether the new refresher may read the tokens of the old deployment. */
    readonly mayFollow?: boolean;
  } = {}): Promise<MovingDesk> {
    const desk = await OperatorDesk.open(CONNECTIONS, { followSecretPrefix: mayFollow ? OLD : undefined });
    const old = await SecondDeployment.start(desk.deployment, {
      secretPrefix: OLD,
      tableName: OLD_TABLE,
      declaredConnections: CONNECTIONS,
    });
    old.authorize(DECLARED);
    for (const name of connected) {
      old.createSecret(name, 'access-token', {
        tags: new Map([
          ['application', 'zoho-token-refresher'],
          ['zoho-token-refresher:data-center', 'eu'],
          ['zoho-token-refresher:scopes', SCOPE],
        ]),
      });
      old.authorize(name);
      await old.register(registerConnection(name, 'connected', desk.clock.now()));
    }
    await old.refresher.tick();
    await desk.deployment.tick();
    return new MovingDesk(desk, old);
  }

  close(): Promise<void> {
    return this.desk.close();
  }

  adopt(...args: string[]) {
    return this.desk.run(['adopt', '--from', OLD, '--from-table', OLD_TABLE, ...args]);
  }

  /** A minute passes, and both schedules tick. */
  async passMinute(): Promise<void> {
    this.desk.clock.advance(MINUTE_MS);
    await this.old.refresher.tick();
    await this.desk.deployment.tick();
  }

  async passMinutes(minutes: number, each: () => void | Promise<void> = () => {}): Promise<void> {
    for (let passed = 0; passed < minutes; passed += 1) {
      await this.passMinute();
      await each();
    }
  }

  /** For how long the token that consumers of a deployment read is valid. */
  leftMs(of: 'old' | 'new', name: string): number {
    const token = of === 'old' ? this.old.readToken(name) : this.desk.deployment.readToken(name);
    return Date.parse(token?.expires_at ?? '') - this.desk.clock.now();
  }

  /** How often Zoho was asked for a token with a refresh token. */
  get mints(): number {
    return this.desk.zoho.tokenCalls.filter(({ grantType }) => grantType === 'refresh_token').length;
  }
}
