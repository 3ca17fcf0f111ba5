import { vi } from 'vitest';
import { freePort } from './free-port.ts';
import type { OperatorDesk } from './operator-desk.ts';
import type { CliRunOptions } from './run-zoho-tokens.ts';

type Decision = 'accept' | 'reject';

/** The page that the browser shows at the end of a consent. */
export interface Landing {
  readonly status: number;
  readonly html: string;
}

/** A user in front of a browser. */
export interface Visitor {
  /** For the runtime: opens the consent page, decides, and follows the redirect. */
  readonly openBrowser: (url: string) => Promise<void>;
  readonly landing: Promise<Landing>;
  /** The consent pages that were opened. */
  readonly visited: readonly string[];
}

/** A user who decides and follows the redirect, which `alter` may change. */
export function visitor(
  decision: Decision = 'accept',
  alter: (callback: URL) => Promise<URL> | URL = (callback) => callback,
): Visitor {
  let land: (landing: Promise<Landing>) => void = () => {};
  const visited: string[] = [];
  const landing = new Promise<Landing>((resolve) => {
    land = resolve;
  });
  return {
    landing,
    visited,
    openBrowser: async (url) => {
      visited.push(url);
      land(visit(await alter(await consent(url, decision))));
    },
  };
}

/** Runs `authorize`, or another command that needs a consent, with a user at the browser and, unless told otherwise, a new client in the environment. */
export async function authorizeInBrowser(
  desk: OperatorDesk,
  name: string,
  {
    command = 'authorize',
    args = [],
    client = desk.client(),
    decision = 'accept',
    alter,
    redirectUri,
    ...options
  }: {
    command?: string;
    args?: readonly string[];
    client?: ReturnType<OperatorDesk['client']>;
    decision?: Decision;
    alter?: (callback: URL) => Promise<URL> | URL;
    redirectUri?: string;
  } & Partial<CliRunOptions> = {},
) {
  const user = visitor(decision, alter);
  const uri = redirectUri ?? (await freeRedirectUri());
  const run = await desk.run([command, name, '--redirect-uri', uri, ...args], {
    environment: desk.with(client),
    openBrowser: user.openBrowser,
    ...options,
  });
  const requestedScope = new URL(user.visited[0] ?? 'http://none').searchParams.get('scope');
  return { ...run, ...user, client, requestedScope };
}

/** Decides on a consent page. Returns the address that it redirects to. */
export async function consent(url: string, decision: Decision): Promise<URL> {
  const body = new URLSearchParams({ decision });
  const answer = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`The consent page said: ${await answer.text()}`);
  return new URL(location);
}

/** Where a browser ends that opens the consent page which the CLI has printed. It is not on this machine, so no one listens there. */
export async function consentElsewhere(shown: string, decision: Decision = 'accept'): Promise<string> {
  const [printed = ''] = /http:\/\/127\S*\/auth\?\S*/.exec(shown) ?? [];
  return (await consent(printed, decision)).href;
}

/** Opens a page as soon as its server listens. */
export async function visit(url: URL): Promise<Landing> {
  const answer = await vi.waitFor(() => fetch(url), { timeout: 10_000 });
  return { status: answer.status, html: await answer.text() };
}

/** A redirect URI on a free port of this machine. */
export async function freeRedirectUri(): Promise<string> {
  return `http://localhost:${await freePort()}/callback`;
}
