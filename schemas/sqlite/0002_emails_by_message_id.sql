-- An e-mail is looked up by its Message-ID when a message turns up at a new place of a server without ids of its own.
CREATE INDEX emails_by_message_id ON emails (account, message_id);
