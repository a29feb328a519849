/** The list of keys, over the board. */
import {Modal} from '@grafana/ui';
import {keys} from './keyboard.ts';

/** As they are written on a keyboard. */
const labels: Readonly<Record<string, string>> = {arrowleft: '←', arrowright: '→', escape: 'Esc', 'ctrl+z': 'Ctrl+Z'};

export const KeyList = ({open, onClose}: {readonly open: boolean; readonly onClose: () => void}) => (
  <Modal title="Keys" isOpen={open} onDismiss={onClose}>
    <table className="keys">
      <tbody>
        {keys.map(({key, does}) => (
          <tr key={key}>
            <th scope="row">
              {key.split(' ').map(part => (
                <span key={part}>
                  <kbd>{labels[part] ?? part}</kbd>{' '}
                </span>
              ))}
            </th>
            <td>{does}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Modal>
);
