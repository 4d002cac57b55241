import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const FILE = '.github/workflows/release.yml';
const TEXT = read(FILE);

const step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const job = z.looseObject({
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  permissions: z.record(z.string(), z.string()),
  strategy: z
    .looseObject({ matrix: z.looseObject({ include: z.array(z.looseObject({ target: z.string() })) }) })
    .optional(),
  steps: z.array(step),
});
const { permissions, jobs } = z
  .looseObject({ permissions: z.strictObject({}), jobs: z.record(z.string(), job) })
  .parse(parse(TEXT));
const STEPS = Object.values(jobs).flatMap(({ steps }) => steps);
const COMMANDS = STEPS.flatMap(({ run }) => run?.trim().split('\n') ?? []);

describe('the workflow that publishes a release', () => {
  it('runs commands that package.json has', () => {
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')));
    const named = COMMANDS.flatMap((line) => /^npm run (\S+)/.exec(line)?.[1] ?? []);
    expect(named).not.toEqual([]);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('builds stages of the Dockerfile that exist, and all that are made for users', () => {
    const targets = jobs['image']?.strategy?.matrix.include.map(({ target }) => target);
    expect(targets).toEqual(['worker', 'gitops']);
    const stages = [...read('Dockerfile').matchAll(/^FROM \S+ AS (\w+)$/gm)].map(([, name]) => name);
    expect(stages).toEqual(expect.arrayContaining(targets ?? []));
  });

  it('reads files that exist', () => {
    const files = STEPS.flatMap((one) => one.with?.['file'] ?? []).map(String);
    const charts = COMMANDS.flatMap((line) => /^helm package (\S+)/.exec(line)?.[1] ?? []);
    expect([files.length, charts.length]).toEqual([1, 1]);
    expect([...files, ...charts].filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('waits for jobs that exist, and publishes nothing before the check has passed', () => {
    const needs = Object.entries(jobs).map(([name, { needs = [] }]) => [name, [needs].flat()] as const);
    expect(needs.flatMap(([, of]) => of).filter((name) => jobs[name] === undefined)).toEqual([]);
    expect(needs.filter(([name, of]) => name !== 'check' && !of.includes('check'))).toEqual([]);
  });

  it('takes every action by its commit, gives a job no more than it needs, and names no registry', () => {
    const actions = STEPS.flatMap(({ uses }) => uses ?? []);
    expect(actions.filter((name) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(name))).toEqual([]);
    expect(permissions).toEqual({});
    expect(jobs['check']?.permissions).toEqual({ contents: 'read' });
    expect(TEXT).not.toMatch(/\b(ghcr|docker|quay|gcr)\.io\b|registry\.\w+\.\w+/);
  });

  it('signs by digest whatever it pushes, with a list of packages and a statement of the build', () => {
    const image = STEPS.find(({ uses }) => uses?.startsWith('docker/build-push-action'));
    expect(image?.with).toMatchObject({ push: true, sbom: true, provenance: 'mode=max' });
    const signed = COMMANDS.filter((line) => line.startsWith('cosign sign'));
    expect(signed).toHaveLength(2);
    expect(signed.filter((line) => !/@\$\w+"$/i.test(line))).toEqual([]);
  });
});
