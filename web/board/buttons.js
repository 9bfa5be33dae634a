// Buttons: down while held.

import { at, keep, make, setData } from './elements.js';
import { post } from './program.js';
import { t } from './words.js';

const heldButtons = new Set(); // the functions that let go

export function releaseAll() {
  [...heldButtons].forEach((release) => release());
}

export function attachPress(element, pinOf) {
  let pin = null;
  const release = () => {
    if (pin !== null) {
      post('button', { pin, pressed: false });
      pin = null;
      heldButtons.delete(release);
      setData(element, { held: false });
    }
  };
  const press = () => {
    pin = pin ?? pinOf();
    if (pin !== null && !heldButtons.has(release)) {
      heldButtons.add(release);
      setData(element, { held: true });
      post('button', { pin, pressed: true });
    }
  };
  const isPressKey = (event) => event.key === ' ' || event.key === 'Enter';
  element.addEventListener('pointerdown', (event) => event.button === 0 && press());
  ['pointerup', 'pointercancel', 'pointerleave', 'blur'].forEach((name) => element.addEventListener(name, release));
  element.addEventListener('contextmenu', (event) => event.preventDefault()); // a long touch asks for it
  element.addEventListener('keydown', (event) => {
    if (isPressKey(event)) {
      event.preventDefault();
      press();
    }
  });
  element.addEventListener('keyup', (event) => isPressKey(event) && release());
}

function showButton(element, board, button) {
  const pin = board.pins.find((p) => p.number === button.pin);
  const pressed = Boolean(board.power && pin?.on);
  setData(element, { pressed });
  element.setAttribute('aria-pressed', pressed);
  element.setAttribute('aria-label', t('press', { name: button.name, pin: button.pin }));
}

// The first button is the one drawn on the board; any others are plain buttons below it.
export function showButtons(board) {
  const [first, ...others] = board.buttons;
  const drawn = at('button');
  drawn.toggleAttribute('data-absent', !first);
  if (first) {
    drawn.setAttribute('role', 'button');
    drawn.setAttribute('tabindex', '0');
    showButton(drawn, board, first);
  } else {
    drawn.removeAttribute('role');
    drawn.removeAttribute('tabindex');
  }
  const create = (button) => {
    const element = make('button', { type: 'button', class: 'small' }, button.name);
    setData(element, { testid: `button-${button.name}` });
    attachPress(element, () => button.pin);
    return element;
  };
  keep(at('more-keys'), others, (button) => [button.name, button.pin], create,
    (element, button) => showButton(element, board, button));
}
