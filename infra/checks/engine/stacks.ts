/** The stacks that the check runs: one for each profile, and one that joins a VPC and uses every setting. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseDocument, stringify} from 'yaml';
import type {Json} from '../../plan/engine-protocol.ts';
import {type Project, readStack} from '../../plan/project.ts';
import {type Profile, profiles} from '../../src/environments.ts';
import {parseSettings, SettingsError} from '../../src/settings.ts';
import {joinedSettings} from '../../test/joined-settings.ts';

export type Stack = {
  readonly name: string;
  readonly profile: Profile;
  /** Keys as in a stack file. */
  readonly settings: Readonly<Record<string, Json>>;
};

const region = 'us-east-1';

const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Keys as the program reads them: ours with the project's name. */
const qualified = (project: Project, settings: Readonly<Record<string, Json>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key.includes(':') ? key : `${project.name}:${key}`, text(value)]),
  );

/** A profile that needs a VPC to join gets one. */
const ofProfile = (project: Project, profile: Profile): Stack => {
  const alone: Readonly<Record<string, Json>> = existsSync(join(project.stackFolder, `Pulumi.${profile}.yaml`))
    ? readStack(project, profile)
    : {'aws:region': region, profile};
  try {
    parseSettings(qualified(project, alone), project.name);
    return {name: profile, profile, settings: alone};
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return {name: profile, profile, settings: {...joinedSettings, ...alone}};
  }
};

export const stacksOf = (project: Project): readonly Stack[] => [
  ...profiles.map(profile => ofProfile(project, profile)),
  {name: 'joined', profile: 'prod', settings: {'aws:region': region, profile: 'prod', ...joinedSettings}},
];

/** Writes settings into the stack's file; what the CLI keeps there stays. */
export const writeStack = (project: Project, {name, settings}: Stack): void => {
  const file = join(project.stackFolder, `Pulumi.${name}.yaml`);
  const {config: _, ...kept}: Readonly<Record<string, unknown>> = existsSync(file)
    ? (parseDocument(readFileSync(file, 'utf8')).toJS() ?? {})
    : {};
  const config = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key.includes(':') ? key : `${project.name}:${key}`, value]),
  );
  writeFileSync(file, stringify({...kept, config}));
};
