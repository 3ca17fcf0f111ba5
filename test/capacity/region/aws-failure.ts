/** An error of AWS, by its name. */
export class AwsFailure extends Error {
  constructor(name: string) {
    super(`${name} of the simulated region`);
    this.name = name;
  }
}
