// SPDX-License-Identifier: ISC
// node read_all.js HOST PORT USER PASSWORD MAILBOX: reads every message of a mailbox with imapflow, whose parser
// has to take each answer. Prints the number of messages.
const { ImapFlow } = require('imapflow');

const [host, port, user, pass, mailbox] = process.argv.slice(2);

async function main() {
    const client = new ImapFlow({ host, port: Number(port), secure: false, doSTARTTLS: false, logger: false, auth: { user, pass } });
    await client.connect();
    const { exists } = await client.mailboxOpen(mailbox);
    let count = 0;
    const items = { uid: true, flags: true, envelope: true, bodyStructure: true, internalDate: true, size: true, source: true };
    for await (const message of client.fetch('1:*', items)) {
        const length = message.source ? message.source.length : 0;
        if (!message.envelope || !message.bodyStructure || length !== message.size) {
            throw new Error(`message ${message.seq}: ${length} of ${message.size} bytes`);
        }
        count++;
    }
    await client.logout();
    if (count !== exists) {
        throw new Error(`${count} of ${exists} messages`);
    }
    console.log(count);
}

main().catch(error => {
    console.error(error);
    process.exit(1);
});
