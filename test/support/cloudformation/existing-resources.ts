import { rulesFor } from './resource-rules.ts';
import { type CloudFormationTemplate, resolveReferences, type TemplateResource } from './template.ts';

/** A resource that exists in the account, in a stack or left behind by one. */
export interface PhysicalResource {
  readonly type: string;
  readonly region: string;
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** AWS refuses to create a resource. */
export class Refused extends Error {}

/** Where a resource is created. */
interface CreationPlace {
  readonly stackName: string;
  readonly region: string;
  /** The resources of the stack that exist already. */
  readonly resources: ReadonlyMap<string, PhysicalResource>;
  /** Logical ID of a resource that AWS refuses. */
  readonly refuse?: string | undefined;
}

/** The resources of an account, with unique names. */
export class ExistingResources {
  readonly #existing = new Set<PhysicalResource>();
  #generated = 0;

  get all(): readonly PhysicalResource[] {
    return [...this.#existing];
  }

  /** Throws {@link Refused} if its name is taken. */
  add(resource: PhysicalResource): void {
    const { type, name, region } = resource;
    const scope = rulesFor(type).name?.scope;
    const isTaken = this.all.some(
      (other) =>
        other.type === type && other.name === name && (scope === 'account' || other.region === region),
    );
    if (isTaken) throw new Refused(`${type} ${name} already exists`);
    this.#existing.add(resource);
  }

  /** Creates a resource of a template. Without a name of its own it gets a new one. */
  createFrom(template: CloudFormationTemplate, id: string, place: CreationPlace): PhysicalResource {
    const { stackName, region, resources, refuse } = place;
    const resource = template.Resources[id];
    if (refuse === id || resource === undefined) throw new Refused(`${id}: access denied`);
    const type = resource.Type;
    const properties = propertiesOf(resource, resources, region);
    this.#generated += 1;
    const name = givenName(type, properties, region) ?? `${stackName}-${id}-${this.#generated}`;
    const created = { type, region, name, properties };
    this.add(created);
    return created;
  }

  replace(old: PhysicalResource | undefined, next: PhysicalResource): void {
    if (old !== undefined) this.#existing.delete(old);
    this.#existing.add(next);
  }

  /** False if the resource is protected. */
  remove(resource: PhysicalResource): boolean {
    const { protection } = rulesFor(resource.type);
    if (protection !== undefined && resource.properties[protection] === true) return false;
    this.#existing.delete(resource);
    return true;
  }
}

function givenName(
  type: string,
  properties: Readonly<Record<string, unknown>>,
  region: string,
): string | undefined {
  const { property = '', idOf } = rulesFor(type).name ?? {};
  const given = properties[property];
  if (typeof given !== 'string') return undefined;
  return idOf === undefined ? given : idOf(properties, region);
}

/** The properties of a resource, with physical names for references. */
export function propertiesOf(
  resource: TemplateResource | undefined,
  resources: ReadonlyMap<string, PhysicalResource>,
  region: string,
): Readonly<Record<string, unknown>> {
  return resolve(resource?.Properties ?? {}, resources, region) as Readonly<Record<string, unknown>>;
}

/** A value of a template, with physical names for references. */
export function resolve(
  value: unknown,
  resources: ReadonlyMap<string, PhysicalResource>,
  region: string,
): unknown {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': '123456789012',
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  return resolveReferences(value, (name) => pseudo[name] ?? resources.get(name)?.name ?? name);
}
