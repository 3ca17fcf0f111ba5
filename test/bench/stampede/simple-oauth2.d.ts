/** The part of simple-oauth2 5 that the benchmark uses; the package has no types of its own. */
declare module 'simple-oauth2' {
  interface AccessToken {
    readonly token: { readonly access_token: string };
    refresh(): Promise<AccessToken>;
  }

  export class AuthorizationCode {
    constructor(config: {
      readonly client: { readonly id: string; readonly secret: string };
      readonly auth: { readonly tokenHost: string; readonly tokenPath: string };
      readonly options: { readonly authorizationMethod: 'body' };
    });
    createToken(token: object): AccessToken;
  }
}
