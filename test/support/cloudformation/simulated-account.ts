import { isDeepStrictEqual } from 'node:util';
import { ExistingResources, type PhysicalResource, propertiesOf, Refused } from './existing-resources.ts';
import { rulesFor } from './resource-rules.ts';
import {
  type CloudFormationTemplate,
  creationOrder,
  type DeletionPolicy,
  type TemplateResource,
} from './template.ts';

export type StackStatus =
  | 'CREATE_COMPLETE'
  | 'ROLLBACK_COMPLETE'
  | 'ROLLBACK_FAILED'
  | 'UPDATE_COMPLETE'
  | 'UPDATE_ROLLBACK_COMPLETE'
  | 'UPDATE_ROLLBACK_FAILED'
  | 'DELETE_COMPLETE'
  | 'DELETE_FAILED';

/** What an operation on a stack did. */
export interface StackOutcome {
  readonly status: StackStatus;
  /** Logical IDs of the resources whose creation was started, in this order. */
  readonly created: readonly string[];
  /** Why it failed, as CloudFormation's event says. */
  readonly reason?: string;
}

export interface StackOptions {
  readonly region?: string;
  /** Logical ID of a resource whose creation or update AWS refuses, e.g. for a missing permission. */
  readonly refuse?: string;
}

/** A stack as it is now. */
export interface Stack {
  readonly status: StackStatus;
  /** Why the last operation failed. */
  readonly reason?: string;
  readonly template: CloudFormationTemplate;
  readonly resources: ReadonlyMap<string, PhysicalResource>;
}

/**
 * CloudFormation in one account, as far as it decides which resources exist: order, rollback, deletion policies, deletion
 * protection, unique names and replacement. Written after CloudFormation's user guide ("DeletionPolicy attribute", "Stack
 * failure options", "Update behaviors of stack resources"). It deletes secrets at once, as CloudFormation does.
 */
export class SimulatedAccount {
  readonly #random: () => number;
  readonly #stacks = new Map<string, Stack>();
  readonly #existing = new ExistingResources();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Everything that exists, in stacks or not. */
  get resources(): readonly PhysicalResource[] {
    return this.#existing.all;
  }

  /** Creates a resource outside any stack, as an operator does. Throws if its name is taken. */
  create(resource: PhysicalResource): void {
    this.#existing.add(resource);
  }

  stack(stackName: string, region = DEFAULT_REGION): Stack | undefined {
    return this.#stacks.get(keyOf(stackName, region));
  }

  /** What `cdk deploy` does: deletes a stack whose creation failed, then creates or updates. */
  deploy(stackName: string, template: CloudFormationTemplate, options: StackOptions = {}): StackOutcome {
    const { region = DEFAULT_REGION } = options;
    const stack = this.#stacks.get(keyOf(stackName, region));
    if (stack === undefined) return this.#createStack(stackName, template, options);
    if (stack.status !== 'ROLLBACK_COMPLETE' && stack.status !== 'ROLLBACK_FAILED') {
      return this.#updateStack(stackName, stack, template, options);
    }
    const deleted = this.destroy(stackName, { region });
    return deleted.status === 'DELETE_COMPLETE' ? this.#createStack(stackName, template, options) : deleted;
  }

  destroy(stackName: string, { region = DEFAULT_REGION }: Pick<StackOptions, 'region'> = {}): StackOutcome {
    const key = keyOf(stackName, region);
    const stack = this.#stacks.get(key);
    if (stack === undefined) return { status: 'DELETE_COMPLETE', created: [] };
    const left = new Map(stack.resources);
    for (const [id, resource] of [...left].reverse()) {
      const isKept = policyOf(stack.template.Resources[id]) !== 'Delete';
      if (isKept || this.#existing.remove(resource)) left.delete(id);
    }
    if (left.size === 0) {
      this.#stacks.delete(key);
      return { status: 'DELETE_COMPLETE', created: [] };
    }
    this.#stacks.set(key, { ...stack, status: 'DELETE_FAILED', resources: left });
    return { status: 'DELETE_FAILED', created: [], reason: `cannot delete ${[...left.keys()].join(', ')}` };
  }

  #createStack(stackName: string, template: CloudFormationTemplate, options: StackOptions): StackOutcome {
    const { region = DEFAULT_REGION } = options;
    const key = keyOf(stackName, region);
    const resources = new Map<string, PhysicalResource>();
    const created: string[] = [];
    try {
      for (const id of creationOrder(template, this.#random)) {
        created.push(id);
        resources.set(
          id,
          this.#existing.createFrom(template, id, { stackName, resources, ...options, region }),
        );
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      for (const [id, resource] of [...resources].reverse()) {
        const isKept = policyOf(template.Resources[id]) === 'Retain';
        if (isKept || this.#existing.remove(resource)) resources.delete(id);
      }
      const status = resources.size === 0 ? 'ROLLBACK_COMPLETE' : 'ROLLBACK_FAILED';
      this.#stacks.set(key, { status, template, resources, reason: error.message });
      return { status, created, reason: error.message };
    }
    this.#stacks.set(key, { status: 'CREATE_COMPLETE', template, resources });
    return { status: 'CREATE_COMPLETE', created };
  }

  #updateStack(
    stackName: string,
    before: Stack,
    template: CloudFormationTemplate,
    options: StackOptions,
  ): StackOutcome {
    const { region = DEFAULT_REGION } = options;
    const key = keyOf(stackName, region);
    const resources = new Map(before.resources);
    const created: string[] = [];
    const added = new Map<string, PhysicalResource>();
    const changed = new Map<string, PhysicalResource>();
    try {
      for (const id of creationOrder(template, this.#random)) {
        const old = before.resources.get(id);
        const isNew = old === undefined || this.#isReplaced(id, before, template, resources, region);
        if (isNew) {
          created.push(id);
          const resource = this.#existing.createFrom(template, id, {
            stackName,
            resources,
            ...options,
            region,
          });
          added.set(id, resource);
          resources.set(id, resource);
        } else if (!isDeepStrictEqual(before.template.Resources[id], template.Resources[id])) {
          if (options.refuse === id) throw new Refused(`${id}: access denied`);
          const properties = propertiesOf(template.Resources[id], resources, region);
          changed.set(id, { ...old, properties });
        }
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const failed = [...added].filter(
        ([id, resource]) => policyOf(template.Resources[id]) !== 'Retain' && !this.#existing.remove(resource),
      );
      const status = failed.length === 0 ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_ROLLBACK_FAILED';
      this.#stacks.set(key, { ...before, status, reason: error.message });
      return { status, created, reason: error.message };
    }
    for (const [id, resource] of changed) {
      this.#existing.replace(before.resources.get(id), resource);
      resources.set(id, resource);
    }
    for (const [id, old] of before.resources) {
      const isRemoved = template.Resources[id] === undefined;
      if (isRemoved) resources.delete(id);
      const { UpdateReplacePolicy = 'Delete' } = before.template.Resources[id] ?? {};
      const policy = isRemoved ? policyOf(before.template.Resources[id]) : UpdateReplacePolicy;
      // A resource that cannot be deleted during clean-up is left behind; the update is complete nevertheless.
      if ((isRemoved || added.has(id)) && policy === 'Delete') this.#existing.remove(old);
    }
    this.#stacks.set(key, { status: 'UPDATE_COMPLETE', template, resources });
    return { status: 'UPDATE_COMPLETE', created };
  }

  #isReplaced(
    id: string,
    before: Stack,
    template: CloudFormationTemplate,
    resources: ReadonlyMap<string, PhysicalResource>,
    region: string,
  ): boolean {
    const old = before.template.Resources[id];
    const next = template.Resources[id];
    if (old?.Type !== next?.Type) throw new Error(`${id} changes its type, which CloudFormation refuses`);
    const value = (
      resource: TemplateResource | undefined,
      property: string,
      refs: ReadonlyMap<string, PhysicalResource>,
    ) => propertiesOf(resource, refs, region)[property];
    return rulesFor(next?.Type ?? '').createOnly.some(
      (property) =>
        !isDeepStrictEqual(value(old, property, before.resources), value(next, property, resources)),
    );
  }
}

const DEFAULT_REGION = 'eu-west-1';

function keyOf(stackName: string, region: string): string {
  return `${region}/${stackName}`;
}

function policyOf(resource: TemplateResource | undefined): DeletionPolicy {
  return resource?.DeletionPolicy ?? 'Delete';
}
