call floor.drain(:client_id);
