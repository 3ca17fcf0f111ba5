/** Takes one API call of a consumer: whether Zoho answered that it is not authorized. Must be cheap and never throw. */
export interface ApiCallReporter {
  record(connection: string, call: { readonly unauthorized: boolean }): void;
  /** Hands over whatever is held back; resolves when that is done, whatever came of it. */
  flush(): Promise<void>;
}
