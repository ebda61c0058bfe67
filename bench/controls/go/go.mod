module traffic

go 1.18
