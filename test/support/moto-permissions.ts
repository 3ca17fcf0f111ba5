import { expect, it } from 'vitest';
import type { Principal } from '../contracts/deployed-aws.ts';
import { ACTS, AwsClients } from './aws-acts.ts';
import type { MotoAccount } from './moto-account.ts';

type Act = keyof typeof ACTS;

/** What an act is on: how it is named in a call, and its ARN. */
interface Place {
  readonly name: string;
  readonly arn: string;
}

/** Tests that a principal may do something, or may not, with the policies of a template enforced. */
export class MotoPermissions {
  readonly #account: () => MotoAccount;
  readonly #places: () => Readonly<Record<string, Place>>;
  readonly #clients = new Map<Principal, AwsClients>();

  /** `places`: by the words of test names. Others are secrets, or parameters if they begin with a slash. */
  constructor(account: () => MotoAccount, places: () => Readonly<Record<string, Place>>) {
    this.#account = account;
    this.#places = places;
  }

  destroy(): void {
    for (const each of this.#clients.values()) each.destroy();
  }

  may(who: Principal, act: Act, on: string): void {
    it(`may ${act} ${on}`, async () => {
      await this.#prepare(act, on);

      expect(await this.attempt(who, act, on)).toBe('done');
    });
  }

  /** IAM judges a secret that does not exist by its bare name, which a pattern with -?????? does not match. */
  isDenied(who: Principal, act: Act, missing: string): void {
    it(`is denied to ${act} ${missing}, which does not exist`, async () => {
      expect(await this.attempt(who, act, missing)).toMatch(/^AccessDeniedException: /);
    });
  }

  /** Only the policies deny the action: with the missing permission, the same call succeeds. */
  mayNot(who: Principal, act: Act, on: string): void {
    it(`may not ${act} ${on}`, async () => {
      await this.#prepare(act, on);
      const { needs } = ACTS[act];
      const account = this.#account();
      const resources = [this.#placeOf(on).arn, account.arnOf('AWS::KMS::Key')];

      const refused = await this.attempt(who, act, on);
      const allowed = await account.allowing(who, { actions: needs, resources }, () =>
        this.attempt(who, act, on),
      );
      if (act === 'delete') await this.administer('restore', on);

      expect(refused).toMatch(/^AccessDeniedException: /);
      expect(refused).toContain(`not authorized to perform: ${needs[0]} on resource: `);
      expect(allowed).toBe('done');
    });
  }

  /** The KMS key protects a secret that a policy opens by mistake. */
  couldNotDecrypt(who: Principal, on: string): void {
    it(`could not decrypt ${on} even if it were allowed to read it`, async () => {
      await this.administer('write', on);
      const allowance = { actions: ['secretsmanager:GetSecretValue'], resources: [this.#placeOf(on).arn] };

      const outcome = await this.#account().allowing(who, allowance, () => this.attempt(who, 'read', on));

      expect(outcome).toMatch(/^AccessDeniedException: Access to KMS is not allowed/);
    });
  }

  async administer(act: Act, on: string): Promise<void> {
    expect(await this.attempt('administrator', act, on)).toBe('done');
  }

  /** Returns `done`, or the error's name and message. */
  async attempt(who: Principal, act: Act, on: string): Promise<string> {
    const aws = this.#clients.get(who) ?? new AwsClients(this.#account().configOf(who));
    this.#clients.set(who, aws);
    try {
      await ACTS[act].run(aws, this.#placeOf(on).name);
      return 'done';
    } catch (error) {
      return String(error);
    }
  }

  async #prepare(act: Act, on: string): Promise<void> {
    if (act === 'read') await this.administer('write', on);
    if (act === 'restore') await this.administer('delete', on);
    if (act === 'read the parameter') await this.administer('put the parameter', on);
  }

  #placeOf(on: string): Place {
    const place = this.#places()[on];
    if (place !== undefined) return place;
    const account = this.#account();
    return { name: on, arn: on.startsWith('/') ? account.parameterArn(on) : account.secretArn(on) };
  }
}

/** Aliases of a function, by their words in test names. */
export function aliasPlaces(functionArn: string, aliases: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(aliases).map(([words, alias]) => {
      const arn = `${functionArn}:${alias}`;
      return [words, { name: arn.split(':function:')[1] ?? arn, arn }] as const;
    }),
  );
}
