import type { RefreshResponse } from '../../lambdas/core/refresh/refresher-events.ts';
import { type Authorization, LocalDeployment } from '../deployment/local-deployment.ts';
import { StoryClock } from './story-clock.ts';
import { StoryConsumers } from './story-consumers.ts';
import { formatClock, formatDuration, type StoryScreen } from './story-screen.ts';

/** The connections of the story, in three data centers with different accounts hosts. */
export const STORY_CONNECTIONS = {
  'crm-eu': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.settings.READ'] },
  'books-in': { dataCenter: 'in', scopes: ['ZohoBooks.fullaccess.all'] },
  'desk-us': { dataCenter: 'us', scopes: ['Desk.tickets.ALL'] },
} as const;

export const STORY_START_MS = Date.UTC(2026, 0, 5, 9);

const NAMES = Object.keys(STORY_CONNECTIONS);
const STAMPEDE = 200;

/** Six hours of a small fleet: what goes wrong in practice, and how the refresher handles it. */
export class Story {
  readonly deployment: LocalDeployment;
  readonly consumers: StoryConsumers;
  readonly time: StoryClock;
  readonly #screen: StoryScreen;
  readonly #authorizations = new Map<string, Authorization>();

  private constructor(deployment: LocalDeployment, consumers: StoryConsumers, screen: StoryScreen) {
    this.deployment = deployment;
    this.consumers = consumers;
    this.#screen = screen;
    this.time = new StoryClock(deployment, screen, () =>
      consumers.callOnce((connection) => this.time.watch.expectationOf(connection)),
    );
  }

  /** Starts the deployment that the story uses, and its consumers. */
  static async start(screen: StoryScreen): Promise<Story> {
    const deployment = await LocalDeployment.start({
      startMs: STORY_START_MS,
      connections: STORY_CONNECTIONS,
    });
    return new Story(deployment, await StoryConsumers.start(deployment), screen);
  }

  async close(): Promise<void> {
    await Promise.all([this.consumers.close(), this.deployment.close()]);
  }

  async play(): Promise<void> {
    await this.#deploy();
    await this.#refreshOnSchedule();
    await this.#stampede();
    await this.#waitOutThrottle();
    await this.#takeOverFromKilledHolder();
    await this.#revoke();
    await this.#reauthorize();
    await this.#runToTheEnd();
  }

  async #deploy(): Promise<void> {
    this.#screen.chapter('1. Deploy: three connections, none authorized yet');
    await this.time.tick();
    for (const name of NAMES) {
      const { status } = await this.deployment.readConnection(name);
      this.#say(name, `${status}: the credentials secret is empty; Zoho is not called`, 'wait');
    }
    await this.time.runFor(2);
    for (const name of NAMES) this.#authorizations.set(name, this.deployment.authorize(name));
    this.#say('operator', 'stores three sets of credentials');
    await this.time.runUntil(() => NAMES.every((name) => this.deployment.readToken(name) !== undefined), 10);
    for (const name of NAMES) this.time.watch.expect(name);
  }

  async #refreshOnSchedule(): Promise<void> {
    this.#screen.chapter('2. Schedule: each token is replaced when it is about 53 minutes old');
    await this.time.runTo(125);
  }

  async #stampede(): Promise<void> {
    this.#screen.chapter(`3. Stampede: ${STAMPEDE} consumers report the same rejected token at once`);
    const rejectedGeneration = this.deployment.readToken('crm-eu')?.generation ?? 0;
    const before = this.#zohoCalls('crm-eu');
    const answers = await Promise.all(
      Array.from({ length: STAMPEDE }, () =>
        this.deployment.refresh('crm-eu', { reason: 'unauthorized', rejectedGeneration }),
      ),
    );
    const mints = this.#zohoCalls('crm-eu') - before;
    this.#say('crm-eu', `${STAMPEDE} requests: ${tally(answers)}`);
    this.#say('crm-eu', `calls of Zoho: ${mints}`, mints === 1 ? 'good' : 'bad');
    this.time.reportChanges();
    if (mints !== 1) throw new Error(`The stampede cost ${mints} mints instead of one.`);
    await this.time.runFor(5);
  }

  async #waitOutThrottle(): Promise<void> {
    this.#screen.chapter('4. Throttling (in Chinese): no calls of Zoho for ten minutes, the old token stays');
    const endThrottle = this.deployment.zoho.injectFault({
      kind: 'throttle',
      variant: 'chinese',
      dataCenter: 'in',
    });
    const { outcome } = await this.deployment.refresh('books-in');
    const { nextAttemptAtMs } = await this.deployment.readConnection('books-in');
    const until = formatClock(nextAttemptAtMs - STORY_START_MS);
    this.#say('books-in', `refresh requested: ${outcome}; cooling down until ${until}`, 'wait');
    const again = await this.deployment.refresh('books-in');
    this.#say(
      'books-in',
      `requested again: ${again.outcome}, retry after ${again.retry_after_seconds} s; Zoho is not called`,
      'wait',
    );
    await this.time.runFor(9);
    endThrottle();
    const { generation } = again;
    await this.time.runUntil(() => (this.deployment.readToken('books-in')?.generation ?? 0) > generation, 10);
  }

  async #takeOverFromKilledHolder(): Promise<void> {
    this.#screen.chapter(
      '5. Crash: a refresher is killed (SIGKILL) after Zoho minted a token, before publishing it',
    );
    const victim = await this.deployment.startProcess(7);
    const { nextAttemptAtMs, publishedGeneration } = await this.deployment.readConnection('crm-eu');
    await this.time.runTo(Math.ceil((nextAttemptAtMs - STORY_START_MS) / 60_000) - 1);
    this.time.watch.advance(60_000);
    const held = this.deployment.zoho.holdNextCall({ dataCenter: 'eu' });
    const victimTick = victim
      .invoke({ action: 'refresh-due' }, this.deployment.clock.now())
      .catch((error: Error) => error);
    await held.received;
    await victim.kill();
    held.abandon();
    await victimTick;
    const { lease } = await this.deployment.readConnection('crm-eu');
    this.#say(
      'crm-eu',
      `the lease holder was killed; its lease ends in ${formatDuration((lease?.untilMs ?? 0) - this.deployment.clock.now())}`,
      'bad',
    );
    await this.time.runUntil(
      () => (this.deployment.readToken('crm-eu')?.generation ?? 0) > publishedGeneration,
      5,
    );
  }

  async #revoke(): Promise<void> {
    this.#screen.chapter('6. Revocation: the user revokes the authorization at Zoho');
    await this.time.runTo(260);
    const token = this.deployment.readToken('desk-us');
    this.deployment.zoho.revoke(this.#authorizations.get('desk-us')?.refreshToken ?? '');
    this.time.watch.excuse('desk-us');
    const before = this.#zohoCalls('desk-us');
    const { outcome } = await this.deployment.refresh('desk-us', {
      reason: 'unauthorized',
      rejectedGeneration: token?.generation ?? 0,
    });
    const refused = await this.deployment.readConnection('desk-us');
    this.#say(
      'desk-us',
      `${outcome}: ${refused.lastFailure?.code}, not confirmed, so Zoho is asked again`,
      'wait',
    );
    await this.time.runFor(4);
    const { status, lastFailure } = await this.deployment.readConnection('desk-us');
    this.#say('desk-us', `${status}: ${lastFailure?.code}`, 'bad');
    this.#sayAlarm();
    await this.time.runFor(26);
    const calls = this.#zohoCalls('desk-us') - before;
    this.#say('desk-us', `half an hour later: still blocked, Zoho was called ${calls} times`, 'wait');
    this.#say(
      'desk-us',
      'Zoho is asked again after 1, 3 and 8 minutes, then every 6, in case it was wrong; each request takes a generation',
      'wait',
    );
    this.#sayAlarm();
  }

  async #reauthorize(): Promise<void> {
    this.#screen.chapter('7. Recovery: the operator authorizes the connection again');
    const generationBefore = this.deployment.readToken('desk-us')?.generation ?? 0;
    const startedAtMs = this.deployment.clock.now();
    this.#authorizations.set(
      'desk-us',
      this.deployment.authorize('desk-us', this.#authorizations.get('desk-us')),
    );
    this.#say('operator', 'stores new credentials');
    await this.time.runUntil(
      () => (this.deployment.readToken('desk-us')?.generation ?? 0) > generationBefore,
      10,
    );
    this.#say(
      'desk-us',
      `recovered after ${formatDuration(this.deployment.clock.now() - startedAtMs)}`,
      'good',
    );
    this.time.watch.expect('desk-us');
  }

  async #runToTheEnd(): Promise<void> {
    this.#screen.chapter('8. Schedule, until six hours have passed');
    await this.time.runTo(360);
  }

  #sayAlarm(): void {
    const sinceMs = this.deployment.clock.now() - 7 * 60_000;
    const blocked = this.deployment.metrics.ofFleet('Blocked').filter(({ atMs }) => atMs > sinceMs);
    const isMet = blocked.some(({ value }) => value >= 1);
    this.#say(
      'alarm',
      `ReauthorizationNeeded is ${isMet ? 'on' : 'off'}: the connection was ${isMet ? '' : 'not '}counted as blocked within 7 minutes`,
      'bad',
    );
    if (!isMet) throw new Error('The alarm of a blocked connection ended.');
  }

  #zohoCalls(connection: keyof typeof STORY_CONNECTIONS): number {
    const { dataCenter } = STORY_CONNECTIONS[connection];
    return this.deployment.zoho.tokenCalls.filter((call) => call.dataCenter === dataCenter).length;
  }

  #say(subject: string, text: string, tone?: Parameters<StoryScreen['event']>[3]): void {
    this.#screen.event(this.deployment.clock.now(), subject, text, tone);
  }
}

function tally(answers: readonly RefreshResponse[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of answers) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}
