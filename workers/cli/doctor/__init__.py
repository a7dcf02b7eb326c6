"""`flotilla doctor`: what is wrong with a deployment, and the mend. Looking changes nothing."""
