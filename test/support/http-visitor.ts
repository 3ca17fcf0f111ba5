/** A page, as a browser without scripts gets it. */
export interface VisitedPage {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** Of the window, without who invites: each kind of page has its own. */
  readonly title: string;
  /** Where a redirect leads. */
  readonly location: string | undefined;
}

/** A visitor with a browser of their own: it keeps the cookie, and follows no redirect by itself. */
export class HttpVisitor {
  cookie: string | undefined;

  async open(url: string): Promise<VisitedPage> {
    return await this.#request(url, { method: 'GET' });
  }

  /** Sends the form of the page of an invite. */
  async submit(url: string, site = 'same-origin'): Promise<VisitedPage> {
    return await this.#request(url, { method: 'POST', headers: { 'sec-fetch-site': site } });
  }

  /** Opens the link, continues, and decides at Zoho. Returns the address to which Zoho sends the browser. */
  async arrive(link: string, decision: 'accept' | 'reject' = 'accept'): Promise<string> {
    await this.open(link);
    return await this.decide(await this.begin(link), decision);
  }

  /** The address of Zoho's page. */
  async begin(link: string): Promise<string> {
    const { status, location, title } = await this.submit(link);
    if (location === undefined) throw new Error(`the form was answered with ${status}: ${title}`);
    return location;
  }

  async decide(consentUrl: string, decision: 'accept' | 'reject' = 'accept'): Promise<string> {
    const response = await fetch(consentUrl, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ decision }),
    });
    const location = response.headers.get('location');
    if (location === null) throw new Error(`Zoho answered ${response.status}: ${await response.text()}`);
    return location;
  }

  /** The whole way. */
  async consent(link: string): Promise<VisitedPage> {
    return await this.open(await this.arrive(link));
  }

  async #request(url: string, init: RequestInit): Promise<VisitedPage> {
    const cookie = this.cookie === undefined ? {} : { cookie: this.cookie };
    const headers = { ...(init.headers as Record<string, string>), ...cookie };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) this.cookie = set.split(';')[0];
    const html = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      html,
      title: /<title>(.*?) · /.exec(html)?.[1] ?? '',
      location: response.headers.get('location') ?? undefined,
    };
  }
}
