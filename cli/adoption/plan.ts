/** One change of an adoption. Repeating it is harmless. */
export interface PlannedChange {
  readonly connection: string;
  /** What it does, in the imperative, e.g. `re-encrypt zoho/crm-prod/credentials`. */
  readonly does: string;
  /** Throws `CliError` or `InfrastructureError`. The later changes of the connection are then left out. */
  readonly apply: () => Promise<void>;
}

/** Something that the user should know about a connection. */
export interface Note {
  readonly connection: string;
  readonly text: string;
  /** The next step; undefined when there is nothing to do. */
  readonly advice?: string | undefined;
  /** Whether it is a problem: then the exit code is 1. */
  readonly isProblem: boolean;
}

/** What an adoption would do. */
export interface Plan {
  readonly changes: readonly PlannedChange[];
  readonly notes: readonly Note[];
}

export const NOTHING_TO_DO: Plan = { changes: [], notes: [] };

export function problem(connection: string, text: string, advice?: string): Plan {
  return { changes: [], notes: [{ connection, text, advice, isProblem: true }] };
}

export function remark(connection: string, text: string, advice?: string): Plan {
  return { changes: [], notes: [{ connection, text, advice, isProblem: false }] };
}

export function joinPlans(plans: readonly Plan[]): Plan {
  return {
    changes: plans.flatMap(({ changes }) => changes),
    notes: plans.flatMap(({ notes }) => notes),
  };
}
