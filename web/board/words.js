// What the page says, in the language that was chosen.

import { languages, reasons, strings } from './strings.js';

function recall(name, allowed, otherwise) {
  try {
    const kept = localStorage.getItem(`mote.${name}`);
    return allowed.includes(kept) ? kept : otherwise;
  } catch {
    return otherwise; // a browser may forbid storage; the choice then lasts as long as the page
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`mote.${name}`, value);
  } catch {
    // see recall
  }
}

export const settings = {
  language: recall('language', languages, navigator.language.startsWith('zh') ? 'zh' : 'en'),
  theme: recall('theme', ['auto', 'light', 'dark'], 'auto'),
};

const languageIndex = () => languages.indexOf(settings.language);

export function t(key, values = {}) {
  return strings[key][languageIndex()].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

export function reasonOf(code, words, next) {
  const [known, step] = reasons[code]?.[languageIndex()] ?? [words || code, next];
  return { code, words: known, next: step || '' };
}

// Control characters and those that turn the direction of writing get a visible sign: a payload can hide nothing.
export function visible(text) {
  const signs = { '\n': '↵', '\t': '⇥' };
  const hidden = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
  return text.replace(hidden, (c) => signs[c] ?? '\ufffd');
}

export const minus = (number) => String(number).replace('-', '\u2212');

export function duration(seconds) {
  const two = (n) => String(n).padStart(2, '0');
  const days = Math.floor(seconds / 86400);
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days > 0 ? `${days} d ${clock}` : clock;
}
