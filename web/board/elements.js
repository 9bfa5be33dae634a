// Elements of the document: found, made, filled, and kept over an update.
// What comes from the network (topics, payloads, names) is only ever put on the page as text.

import { t } from './words.js';

export const at = (id) => document.getElementById(id);

// Only touches the element when the text differs: a live region speaks each time it is written.
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function setData(element, values) {
  Object.entries(values).forEach(([name, value]) => {
    if (element.dataset[name] !== String(value)) {
      element.dataset[name] = value;
    }
  });
}

function fill(element, attributes, text) {
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  element.textContent = text;
  return element;
}

export const make = (name, attributes = {}, text = '') => fill(document.createElement(name), attributes, text);

const SVG = 'http://www.w3.org/2000/svg';

export const draw = (name, attributes = {}, text = '') => fill(document.createElementNS(SVG, name), attributes, text);

export function translate(root) {
  root.querySelectorAll('[data-t]').forEach((element) => setText(element, t(element.dataset.t)));
  root.querySelectorAll('[data-t-label]').forEach((element) => {
    element.setAttribute('aria-label', t(element.dataset.tLabel));
  });
}

export function clone(id) {
  const element = at(id).content.firstElementChild.cloneNode(true);
  translate(element);
  return element;
}

// One child of `parent` for each item, made once for each key, so that focus and animation survive an update.
export function keep(parent, items, keyOf, create, update) {
  const keys = items.map(keyOf);
  if (JSON.stringify(keys) !== parent.dataset.keys) {
    parent.replaceChildren(...items.map(create));
    parent.dataset.keys = JSON.stringify(keys);
  }
  items.forEach((item, index) => update(parent.children[index], item, index));
}

// The first of its kind has the plain name; its siblings carry theirs behind it.
export const testId = (kind, name, index) => (index === 0 ? kind : `${kind}-${name}`);
