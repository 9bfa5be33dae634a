// The table of pins.

import { at, keep, make, setData, setText } from './elements.js';
import { t } from './words.js';

const pulsesOf = ({ duty, hz }) => t('pulses', { percent: Math.round(100 * duty), hz });

// '~' is short for what pulses.
export const levelOf = (board, pin) => (board.power ? pin.pulses ? '~' : String(pin.level) : '–');

// The part of the time in which it is on.
export function shareOn(pin) {
  if (!pin.pulses) {
    return pin.on ? 1 : 0;
  }
  return pin.active === 'low' ? 1 - pin.pulses.duty : pin.pulses.duty;
}

export function showPins(board) {
  const create = () => {
    const row = make('tr');
    row.append(make('th', { scope: 'row' }), ...Array.from({ length: 5 }, () => make('td')));
    row.children[4].append(make('span', { class: 'level-chip' }));
    row.children[5].append(make('span', { class: 'state-chip' }));
    return row;
  };
  keep(at('pins'), board.pins, (pin) => pin.number, create, (row, pin) => {
    const [number, name, direction, active, level, state] = row.children;
    const on = board.power && pin.on;
    setText(number, String(pin.number));
    setText(name, pin.name);
    setText(direction, t(pin.direction === 'output' ? 'output' : 'input'));
    setText(active, t(pin.active === 'low' ? 'low' : 'high'));
    setData(row, { pin: pin.number, level: levelOf(board, pin), on });
    setText(level.firstChild, board.power && pin.pulses ? pulsesOf(pin.pulses) : levelOf(board, pin));
    setText(state.firstChild, board.power ? t(on ? 'on' : 'off') : '–');
  });
}
