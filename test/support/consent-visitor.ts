import { freePort } from './free-port.ts';

/** What the fake machine of a test gives in the place of 256 random bits. */
export const STATE = 'state-that-nobody-can-guess-0123456789';

/** What a person sees at the end of a consent. */
export interface Landing {
  readonly status: number;
  readonly html: string;
}

/** Somebody in front of a browser. */
export interface Person {
  /** For the machine: opens the consent page, decides, and goes where the page leads. */
  readonly openBrowser: (url: string) => Promise<void>;
  /** The page that they land on. */
  readonly landing: Promise<Landing>;
  /** Pages that they were sent to. */
  readonly visited: readonly string[];
}

/** A person who decides, and brings the redirect back as `bring` makes it. */
export function person(
  decision: 'accept' | 'reject',
  bring: (callback: URL) => Promise<URL> | URL = (callback) => callback,
): Person {
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
      land(visit(await bring(await consent(url, decision))));
    },
  };
}

/** Decides on a consent page. Returns where it leads to. */
export async function consent(url: string, decision: 'accept' | 'reject'): Promise<URL> {
  const body = new URLSearchParams({ decision });
  const answer = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`The consent page said: ${await answer.text()}`);
  return new URL(location);
}

/** Opens a page, as soon as somebody listens there. */
export async function visit(url: URL): Promise<Landing> {
  for (;;) {
    try {
      const answer = await fetch(url);
      return { status: answer.status, html: await answer.text() };
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
  }
}

/** A redirect URI of this machine whose port nobody has. */
export async function freeRedirectUri(): Promise<string> {
  return `http://localhost:${await freePort()}/callback`;
}

function isRefused(error: unknown): boolean {
  const cause = (error as Error).cause as (NodeJS.ErrnoException & { errors?: Error[] }) | undefined;
  const all = [cause, ...(cause?.errors ?? [])] as (NodeJS.ErrnoException | undefined)[];
  return all.some((each) => each?.code === 'ECONNREFUSED');
}
