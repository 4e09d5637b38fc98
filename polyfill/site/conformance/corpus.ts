/** The corpus that lies beside the pages, file by file. */

import type { Case, Rejection } from "../../src/document/index.js";
import { OPERATORS } from "../../src/generated/operators.js";

/** How many cases there are of an operator: those to be computed, and those to be rejected. */
export interface Part {
  readonly operator: string;
  readonly cases: number;
  readonly rejections: number;
}

interface IndexEntry {
  readonly name: string;
  readonly count: number;
}

/** The operators of the corpus, in the order of the specification; graphs of several operators come last. */
export async function readIndex(): Promise<Part[]> {
  const { cases, validation } = (await read("index")) as { cases: IndexEntry[]; validation: IndexEntry[] };
  const rejections = new Map(validation.map(({ name, count }) => [name, count]));
  const names = [...new Set([...cases, ...validation].map(({ name }) => name))];
  const counts = new Map(cases.map(({ name, count }) => [name, count]));
  const parts = names.map((operator) => ({ operator, cases: counts.get(operator) ?? 0, rejections: rejections.get(operator) ?? 0 }));
  const order = Object.keys(OPERATORS);
  const place = ({ operator }: Part) => (order.includes(operator) ? order.indexOf(operator) : order.length);
  return parts.sort((a, b) => place(a) - place(b));
}

/** The cases of an operator. */
export async function readCases({ operator, cases }: Part): Promise<Case[]> {
  return cases ? ((await read(`cases/${operator}`)) as { cases: Case[] }).cases : [];
}

/** What its method must reject. */
export async function readRejections({ operator, rejections }: Part): Promise<Rejection[]> {
  return rejections ? ((await read(`validation/${operator}`)) as { cases: Rejection[] }).cases : [];
}

async function read(name: string): Promise<unknown> {
  const answer = await fetch(`corpus/${name}.json`);
  if (!answer.ok) throw new Error(`corpus/${name}.json: ${answer.status} ${answer.statusText}`);
  return answer.json();
}
